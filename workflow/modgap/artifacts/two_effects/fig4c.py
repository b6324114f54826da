"""Fig 4c, 11c: gap and performance after removing the dimensions that differ most."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from modgap.errors import InputError
from modgap.plots.theme import (
    by_name,
    legend_below,
    line_styles,
    new_figure,
    panels_width,
    styled,
)

_GAPS = {("l2m", "both"): "L2M", ("rmg", "both"): "RMG"}
_SCORES = {
    ("recall@1", "image_to_text"): "R@1, image to text",
    ("recall@1", "text_to_image"): "R@1, text to image",
    ("zero_shot:object", "both"): "zero-shot top-1",
}


def numbers(look: pd.DataFrame) -> pd.DataFrame:
    """The removal curves of the models shown; scores in per cent.

    Parameters
    ----------
    look
        One row per model, number of dimensions removed and metric: model, dataset, removed
        (dimensions taken out, largest difference of means first, embeddings normalised again),
        metric, modality, value. Metrics that the figure does not show are left out.

    Returns
    -------
    pandas.DataFrame
        The same with a readable `quantity`.

    Raises
    ------
    InputError
        If none of the metrics is there.
    """
    names = _GAPS | _SCORES
    keys = zip(look["metric"], look["modality"], strict=True)
    frame = look.assign(quantity=[names.get(key) for key in keys]).dropna(subset=["quantity"])
    if frame.empty:
        raise InputError(f"fig4c: no removal curve of {sorted(names)}")
    score = frame["quantity"].isin(_SCORES.values())
    frame["value"] = frame["value"].where(~score, 100 * frame["value"])
    return frame.reset_index(drop=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A column per model: the gap above, performance below, over the dimensions removed."""
    models = list(numbers["model"].unique())
    figure, axes = new_figure(
        2, len(models), panels_width(len(models)), 3.6, sharex=True, sharey="row"
    )
    styles = by_name(line_styles([*_GAPS.values(), *_SCORES.values()]), "quantity")
    for row, quantities, label in zip(
        axes, (_GAPS, _SCORES), ("gap", "performance [%]"), strict=True
    ):
        shown = numbers[numbers["quantity"].isin(quantities.values())]
        for ax, model in zip(row, models, strict=True):
            order = [name for name in quantities.values() if name in set(shown["quantity"])]
            curves = shown[shown["model"] == model]
            plot = {"x": "removed", "y": "value", "estimator": None, "ms": 4, "mew": 0}
            sns.lineplot(curves, hue_order=order, style_order=order, ax=ax, **plot, **styles)
            ax.set(xlabel="dimensions removed", ylabel="")
        row[0].set_ylabel(label)
        top = shown["value"].max()
        row[0].set_ylim(0, 1.08 * top if top > 0 else 1)
    for ax, model in zip(axes[0], models, strict=True):
        ax.set(title=model, xlabel="")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    legend_below(figure, axes.flat, columns=5 if len(models) > 1 else 2)
    return figure
