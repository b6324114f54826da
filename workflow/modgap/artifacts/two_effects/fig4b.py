"""Fig 4b, 11b, 12: all items in two dimensions that tell the modalities apart."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from modgap.plots.theme import legend_below, line_styles, new_figure, panels_width, styled

_FEW = 500


def numbers(look: pd.DataFrame) -> pd.DataFrame:
    """The items shown.

    Parameters
    ----------
    look
        One row per model, modality and item: model, dataset, modality, dimension_x, dimension_y
        (numbers of the two dimensions), x, y (the item's values there).

    Returns
    -------
    pandas.DataFrame
        The same.
    """
    return look.reset_index(drop=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """One panel per model: images and texts in the plane of the two dimensions."""
    models = list(numbers["model"].unique())
    figure, axes = new_figure(1, len(models), panels_width(len(models)), 2.8)
    styles = line_styles(["image", "text"])
    for ax, model in zip(axes[0], models, strict=True):
        rows = numbers[numbers["model"] == model]
        for modality, items in rows.groupby("modality", sort=True):
            colour, marker, _ = styles[modality]
            # Few prompts stand out from many images.
            few = len(items) <= _FEW
            points = {"s": 7, "alpha": 0.8, "zorder": 3} if few else {"s": 2.5, "alpha": 0.4}
            sns.scatterplot(
                items,
                x="x",
                y="y",
                color=colour,
                marker=marker,
                linewidth=0,
                label=f"{modality} (n = {len(items):,})",
                rasterized=True,  # thousands of vector shapes would be slow to open
                ax=ax,
                **points,
            )
        ax.set_xlabel(f"dimension {rows['dimension_x'].iloc[0]}")
        ax.set_ylabel(f"dimension {rows['dimension_y'].iloc[0]}")
        ax.locator_params(nbins=6)
        ax.set_title(model)
    legend_below(figure, axes.flat, enlarge=3)
    return figure
