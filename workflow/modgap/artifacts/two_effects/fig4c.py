"""Fig 4c: gap and performance after removing the dimensions that differ most."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from modgap.errors import InputError
from modgap.plots.theme import legend_below, look, new_figure, panels_width, styled

_GAPS = {("l2m", "both"): "L2M", ("rmg", "both"): "RMG"}
_SCORES = {
    ("recall@1", "image_to_text"): "R@1, image to text",
    ("recall@1", "text_to_image"): "R@1, text to image",
    ("zero_shot", "both"): "zero-shot top-1",  # of one factor, see numbers
}
_OBJECTS = ("zero_shot:class", "zero_shot:object", "zero_shot:digit")


def numbers(removal: pd.DataFrame) -> pd.DataFrame:
    """The removal curves of the models shown, with a readable `quantity`; scores in per cent.

    `removal` has the columns model, dataset, removed (dimensions taken out, largest difference of
    means first, embeddings normalised again), metric, modality, value. Zero-shot accuracy is that
    of the data set's object factor: class (a data set of classes), object (beside attributes) or
    digit (MAD). Metrics that the figure does not show are left out.
    """
    names = _GAPS | _SCORES
    keys = zip(_metrics(removal), removal["modality"], strict=True)
    frame = removal.assign(quantity=[names.get(key) for key in keys]).dropna(subset=["quantity"])
    if frame.empty:
        raise InputError(f"fig4c: no removal curve of {sorted(names)}")
    score = frame["quantity"].isin(_SCORES.values())
    frame["value"] = frame["value"].where(~score, 100 * frame["value"])
    return frame.reset_index(drop=True)


def _metrics(removal: pd.DataFrame) -> pd.Series:
    """The metrics, "zero_shot" for that of the object factor of each (model, data set)."""
    groups = removal.groupby(["model", "dataset"])["metric"]
    own = groups.transform(lambda metrics: next((x for x in _OBJECTS if x in set(metrics)), ""))
    return removal["metric"].mask(removal["metric"] == own, "zero_shot")


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A column per model: the gap above, performance below, over the dimensions removed."""
    models = list(numbers["model"].unique())
    figure, axes = new_figure(
        2, len(models), panels_width(len(models)), 3.6, sharex=True, sharey="row"
    )
    looks = look([*_GAPS.values(), *_SCORES.values()])
    for column, model in zip(axes.T, models, strict=True):
        rows = numbers[numbers["model"] == model]
        for ax, shown in zip(column, (_GAPS, _SCORES), strict=True):
            _curves(ax, rows, shown.values(), looks)
        column[0].set_title(model)
        column[1].set_xlabel("dimensions removed")
        column[1].xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes[0, 0].set_ylabel("gap")
    axes[1, 0].set_ylabel("performance [%]")
    for ax, shown in zip(axes[:, 0], (_GAPS, _SCORES), strict=True):
        top = numbers.loc[numbers["quantity"].isin(shown.values()), "value"].max()
        ax.set_ylim(0, 1.08 * top if top > 0 else 1)
    legend_below(figure, axes.flat, columns=5 if len(models) > 1 else 2)
    return figure


def _curves(ax: Axes, rows: pd.DataFrame, quantities, looks: dict) -> None:
    for quantity in quantities:
        curve = rows[rows["quantity"] == quantity].sort_values("removed")
        if len(curve):
            colour, marker, line = looks[quantity]
            style = {"color": colour, "marker": marker, "ls": line, "ms": 3, "label": quantity}
            ax.plot(curve["removed"], curve["value"], **style)
