"""Fig 8: fine-tuning on shorter captions with the temperature learnt or frozen."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from modgap.errors import InputError
from modgap.plots.theme import TEXT_WIDTH, legend_below, line_styles, new_figure, seeds_text, styled
from modgap.stats.summaries import check_columns, with_interval

_PANELS = {
    "entropy": "entropy [nats]",
    "temperature": "temperature",
    "rmg": "RMG",
    "l2m": "L2M",
    "loss": "loss [nats]",
}
_KEYS = ["rate", "captions", "temperature_is", "step"]


def numbers(
    histories: pd.DataFrame, models: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """Entropy, temperature, gap and loss at every probed step of the fine-tuned models.

    Parameters
    ----------
    histories
        Training histories: model, step, loss [nats], temperature, and rmg, l2m and entropy [nats]
        on the held-out set with full captions, missing at steps that were not probed.
    models
        Model table with columns start (the model that training started from; models without one
        are left out), captions, learnable_temperature, scale_learning_rate and seed.
    confidence
        Of the interval over seeds, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per arm, probed step, quantity and model: rate (of the logit scale, as a share of
        the common one), captions (fine-tuned on), temperature_is ("learnt" or "frozen"), step,
        last (whether it is the last step), quantity (entropy, temperature, rmg, l2m, loss: of the
        steps since the probe before, their mean), seed, model, value, mean, low, high (Student's
        t), n (seeds).

    Raises
    ------
    InputError
        If no model started from another one.
    """
    columns = ["start", "captions", "learnable_temperature", "scale_learning_rate", "seed"]
    check_columns(models, columns, "fig8")
    # A model that several of the experiments have is in several tables.
    models = models.drop_duplicates("model")
    tuned = models[models["start"].fillna("") != ""]
    if tuned.empty:
        raise InputError(
            f"fig8: none of the {len(models)} models started from another one; set `from` in the "
            "experiment"
        )
    tuned = tuned.assign(
        rate=tuned["scale_learning_rate"],
        temperature_is=tuned["learnable_temperature"].map({True: "learnt", False: "frozen"}),
    )
    # A frozen scale has no rate: it is compared with the one that is learnt from the same start.
    frame = histories.merge(tuned[["model", "rate", "captions", "temperature_is", "seed"]])
    frame = frame.assign(loss=_since_last_probe(frame), last=_is_last(frame))
    frame = frame.dropna(subset=["rmg"])
    keys = [*_KEYS, "last", "seed", "model"]
    frame = frame.melt(keys, list(_PANELS), "quantity", "value").dropna(subset=["value"])
    frame = frame[[*_KEYS, "last", "quantity", "seed", "model", "value"]]
    return with_interval(frame.reset_index(drop=True), [*_KEYS, "quantity"], confidence)


def _since_last_probe(frame: pd.DataFrame) -> pd.Series:
    """The mean loss of the steps from one probe to the next, at the later one."""
    spans = frame["rmg"].notna().astype(int).groupby(frame["model"]).cumsum()
    spans = spans - frame["rmg"].notna()  # the probed step itself is the end of its span
    return frame.groupby([frame["model"], spans])["loss"].transform("mean")


def _is_last(frame: pd.DataFrame) -> pd.Series:
    return frame["step"] == frame.groupby("model")["step"].transform("max")


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A row per rate of the logit scale, a panel per quantity: means over steps with intervals."""
    rates = sorted(numbers["rate"].unique(), reverse=True)
    figure, axes = new_figure(
        len(rates), len(_PANELS), TEXT_WIDTH, 0.5 + 1.7 * len(rates), sharex="row"
    )
    arms = numbers["captions"] + " captions, temperature " + numbers["temperature_is"]
    styles = line_styles(dict.fromkeys(arms))
    for place, (row, rate) in enumerate(zip(axes, rates, strict=True)):
        for ax, (quantity, label) in zip(row, _PANELS.items(), strict=True):
            rows = numbers[(numbers["rate"] == rate) & (numbers["quantity"] == quantity)]
            for name, (colour, _, line) in styles.items():
                _curve(ax, rows[arms[rows.index] == name], name, colour, line)
            ax.set(xlabel="", ylabel="", title="" if place else label)
            # By the seeds: the interval of two is far wider than anything that they do.
            low, high = rows["value"].min(), rows["value"].max()
            margin = 0.08 * (high - low) or 0.1 * abs(high)
            ax.set_ylim(low - margin, high + margin)
            ax.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
        rows = numbers[numbers["rate"] == rate]
        row[0].set_ylabel(f"rate of the scale × {rate:g}\n({seeds_text(rows['n'])})")
    axes[-1, 2].set_xlabel("step of fine-tuning")
    legend_below(figure, axes.ravel(), columns=2)
    return figure


def _curve(ax: Axes, rows: pd.DataFrame, name: str, colour: str, line: str) -> None:
    if rows.empty:
        return
    mean = rows.drop_duplicates("step").sort_values("step")
    style = {"color": colour, "linestyle": line, "label": name}
    sns.lineplot(mean, x="step", y="mean", estimator=None, ax=ax, **style)
    if mean["low"].notna().any():
        ax.fill_between(mean["step"], mean["low"], mean["high"], color=colour, alpha=0.15, lw=0)
