"""Fig 7a: gap, object bias and accuracy of models trained with 0…5 attributes in the caption."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.plots.theme import (
    TEXT_WIDTH,
    keep_within,
    legend_below,
    look,
    mean_and_points,
    new_figure,
    seeds_text,
    styled,
)
from modgap.stats.quantities import ATTRIBUTES, DIGIT, MOAD_IMAGE, MOAD_TEXT, RMG
from modgap.stats.summaries import per_model, with_interval

_PANELS = {
    "RMG": {RMG.label: "RMG"},
    "MOAD": {MOAD_IMAGE.label: "MOAD, image", MOAD_TEXT.label: "MOAD, text"},
    "zero-shot top-1 [%]": {
        DIGIT.label: "top-1, digit",
        ATTRIBUTES.label: "top-1, attributes (mean)",
    },
}
_LOOKS = look(["MOAD, image", "MOAD, text", "RMG", "top-1, digit", "top-1, attributes (mean)"])


def numbers(metrics: pd.DataFrame, models: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """One row per model and quantity, with the mean over seeds and its interval.

    Columns attributes (k), quantity, seed, model, value, mean, low, high, n (seeds). `models` are
    those to show: the caption experiment, digit always in the caption.
    """
    frame = per_model(metrics, models, [RMG, MOAD_IMAGE, MOAD_TEXT, DIGIT, ATTRIBUTES])
    frame = frame[["attributes", "quantity", "seed", "model", "value"]]
    frame = frame.sort_values(["attributes", "seed"], kind="stable", ignore_index=True)
    return with_interval(frame, ["attributes", "quantity"], confidence)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """Three panels over k: RMG, MOAD of both modalities, accuracy; seeds, mean and interval."""
    figure, axes = new_figure(1, 3, TEXT_WIDTH, 2.5)
    seeds = seeds_text(numbers["n"])
    for ax, (label, quantities) in zip(axes[0], _PANELS.items(), strict=True):
        for quantity, name in quantities.items():
            _curve(ax, numbers[numbers["quantity"] == quantity], name, _LOOKS[name])
        ax.set_ylabel(label)
        ax.set_xlabel(f"attributes in the caption, k\n({seeds})")
        ax.set_xticks(sorted(numbers["attributes"].unique()))
    keep_within(axes[0, 0], 0, 1)
    keep_within(axes[0, 2], 0, 100)
    axes[0, 1].axhline(0, color="0.6", lw=0.6, zorder=0)
    legend_below(figure, axes[0], columns=5)
    return figure


def _curve(ax: Axes, rows: pd.DataFrame, name: str, style: tuple[str, str, str]) -> None:
    by_k = rows.groupby("attributes")
    points = [values.to_numpy() for _, values in by_k["value"]]
    first = by_k[["mean", "low", "high"]].first()
    summary = (first["mean"], first["low"], first["high"])
    mean_and_points(ax, first.index.to_numpy(), points, summary, name, style)
