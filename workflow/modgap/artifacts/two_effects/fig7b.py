"""Fig 7b: the gap over training with full captions, from its large start."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from modgap.errors import InputError
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled
from modgap.stats.summaries import with_interval

_PANELS = {"rmg": "RMG", "l2m": "L2M", "loss": "loss [nats]"}


def numbers(
    histories: pd.DataFrame, models: pd.DataFrame, attributes: int = 5, confidence: float = 0.95
) -> pd.DataFrame:
    """One row per probed step, quantity (rmg, l2m, loss) and model, with mean and interval.

    `histories` has a column model beside those of the training history; only models with
    `attributes` attributes in the caption are shown. Steps without a gap measurement are left out.
    Columns step, quantity, seed, model, value, mean, low, high, n (seeds).
    """
    shown = models.loc[models["attributes"] == attributes, ["model", "seed"]]
    frame = histories.merge(shown, on="model").dropna(subset=["rmg", "l2m"])
    if frame.empty:
        raise InputError(
            f"fig7b: no probed step of a model with {attributes} attributes in its captions; the "
            f"models have {sorted(models['attributes'].unique().tolist())}"
        )
    frame = frame.melt(["step", "seed", "model"], list(_PANELS), "quantity", "value").dropna()
    frame = frame[["step", "quantity", "seed", "model", "value"]].reset_index(drop=True)
    return with_interval(frame, ["step", "quantity"], confidence)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """Three panels over steps: RMG, L2M and loss; seeds thin, mean thick, interval as a band."""
    figure, axes = new_figure(1, 3, TEXT_WIDTH, 2.3)
    for ax, (quantity, label) in zip(axes[0], _PANELS.items(), strict=True):
        rows = numbers[numbers["quantity"] == quantity]
        _curves(ax, rows)
        ax.set_ylabel(label)
        ax.set_xlabel("training step")
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        # By the seeds: the interval of two or three can be far wider than any loss.
        ax.set_ylim(0, 1.1 * rows["value"].max())
    legend_below(figure, axes[0])
    return figure


def _curves(ax: Axes, rows: pd.DataFrame) -> None:
    for _, seed in rows.groupby("seed"):
        seed = seed.sort_values("step")
        ax.plot(seed["step"], seed["value"], color=COLOURS["sky"], lw=0.7, label="one seed")
    mean = rows.drop_duplicates("step").sort_values("step")
    seeds = int(mean["n"].max())
    ax.plot(mean["step"], mean["mean"], color=COLOURS["blue"], label=f"mean of n = {seeds} seeds")
    if mean["low"].notna().any():
        band = {"color": COLOURS["blue"], "alpha": 0.15, "lw": 0, "label": "interval of the mean"}
        ax.fill_between(mean["step"], mean["low"], mean["high"], **band)
