"""Fig 7b: the gap over training with full captions, from its large start."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from modgap.errors import InputError
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled
from modgap.stats.summaries import check_columns, with_interval

_PANELS = {"rmg": "RMG", "l2m": "L2M", "loss": "loss [nats]"}


def numbers(
    histories: pd.DataFrame, models: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """The gap and the loss at every probed step of the models with the fullest captions.

    Parameters
    ----------
    histories
        Training histories: model, step, loss [nats], rmg, l2m; steps without a measurement of the
        gap are left out.
    models
        Model table with columns attributes (in the caption) and seed; the models with the most
        attributes are shown.
    confidence
        Of the interval over seeds, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per probed step, quantity (rmg, l2m, loss) and model: attributes, step, quantity,
        seed, model, value, mean, low, high (Student's t), n (seeds).

    Raises
    ------
    InputError
        If no step of these models was probed.
    """
    check_columns(models, ["attributes", "seed"], "fig7b")
    full = models[models["attributes"] == models["attributes"].max()]
    frame = histories.merge(full[["model", "attributes", "seed"]], on="model")
    frame = frame.dropna(subset=["rmg", "l2m"])
    if frame.empty:
        raise InputError(
            f"fig7b: no probed step of {full['model'].tolist()}, the models with the fullest "
            "captions; check training: probe_every"
        )
    keys = ["attributes", "step", "seed", "model"]
    frame = frame.melt(keys, list(_PANELS), "quantity", "value").dropna()
    frame = frame[["attributes", "step", "quantity", "seed", "model", "value"]]
    return with_interval(frame.reset_index(drop=True), ["step", "quantity"], confidence)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """Three panels over steps: RMG, L2M and loss; seeds thin, mean thick, interval as a band."""
    figure, axes = new_figure(1, 3, TEXT_WIDTH, 2.3)
    k = numbers["attributes"].iloc[0]
    for ax, (quantity, label) in zip(axes[0], _PANELS.items(), strict=True):
        rows = numbers[numbers["quantity"] == quantity]
        _curves(ax, rows)
        ax.set(xlabel=f"training step (k = {k})", ylabel=label)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        # By the seeds: the interval of two or three can be far wider than any loss.
        ax.set_ylim(0, 1.1 * rows["value"].max())
    legend_below(figure, axes[0])
    return figure


def _curves(ax: Axes, rows: pd.DataFrame) -> None:
    over_steps = {"x": "step", "estimator": None, "ax": ax}
    for _, seed in rows.groupby("seed"):
        thin = {"color": COLOURS["sky"], "lw": 0.7, "label": "one seed"}
        sns.lineplot(seed, y="value", **thin, **over_steps)
    mean = rows.drop_duplicates("step").sort_values("step")
    label = f"mean of n = {int(mean['n'].max())} seeds"
    sns.lineplot(mean, y="mean", color=COLOURS["blue"], label=label, **over_steps)
    if mean["low"].notna().any():
        band = {"color": COLOURS["blue"], "alpha": 0.15, "lw": 0, "label": "interval of the mean"}
        ax.fill_between(mean["step"], mean["low"], mean["high"], **band)
