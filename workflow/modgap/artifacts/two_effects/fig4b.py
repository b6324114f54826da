"""Fig 4b: the two dimensions in which one modality has its largest mean."""

import pandas as pd
from matplotlib.figure import Figure

from modgap.plots.theme import legend_below, look, new_figure, panels_width, styled

_FEW = 500


def numbers(scatter: pd.DataFrame) -> pd.DataFrame:
    """The items shown: one row per model, modality and item.

    `scatter` has the columns model, dataset, modality, dimension_x, dimension_y (numbers of the
    dimensions with the largest mean of images and of texts), x, y (the item's values there).
    """
    return scatter.reset_index(drop=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """One panel per model: images and texts in the plane of the two dimensions."""
    models = list(numbers["model"].unique())
    figure, axes = new_figure(1, len(models), panels_width(len(models)), 2.8)
    looks = look(["image", "text"])
    for ax, model in zip(axes[0], models, strict=True):
        rows = numbers[numbers["model"] == model]
        for modality, items in rows.groupby("modality", sort=True):
            colour, marker, _ = looks[modality]
            label = f"{modality} (n = {len(items)})"
            # Few prompts stand out from many images. Thousands of points: as pixels in the PDF, or
            # it is slow to open.
            few = len(items) <= _FEW
            points = {"ms": 2.5, "alpha": 0.8, "zorder": 3} if few else {"ms": 1.5, "alpha": 0.4}
            points |= {"mew": 0, "rasterized": True}
            ax.plot(items["x"], items["y"], marker, color=colour, label=label, **points)
        ax.set_xlabel(f"dimension {rows['dimension_x'].iloc[0]}")
        ax.set_ylabel(f"dimension {rows['dimension_y'].iloc[0]}")
        ax.locator_params(nbins=6)
        ax.set_title(model)
    legend_below(figure, axes.flat, enlarge=3)
    return figure
