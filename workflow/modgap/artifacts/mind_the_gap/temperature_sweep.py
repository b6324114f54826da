"""Section 4.2: the gap and performance after fine-tuning at different temperatures."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.artifacts.mind_the_gap._temperatures import temperature_text
from modgap.claims.paper_values import with_paper_values
from modgap.errors import InputError
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled
from modgap.stats.summaries import check_columns, with_interval

_QUANTITIES = {
    ("l2m", "both"): "L2M",
    ("recall@1", "image_to_text"): "R@1, image to text",
    ("recall@1", "text_to_image"): "R@1, text to image",
    ("zero_shot:object", "both"): "zero-shot accuracy",
}
# The paper's data sets, by what ours of the same kind has.
_PAPER = {True: "coco", False: "cifar10"}
_KINDS = {
    True: ("learnt, started at τ", "blue", "o", "-"),
    False: ("fixed at τ", "vermilion", "s", "--"),
}


def numbers(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    reference: pd.DataFrame,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The gap, recall and accuracy of every model, with mean and interval over seeds.

    Parameters
    ----------
    metrics
        Metric table.
    models
        Model table with initial_temperature, learnable_temperature and seed.
    reference
        Stated values: of a learnt scale that starts at the temperature, after one epoch on COCO.
    confidence
        Of the interval over seeds (Student's t), in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per data set, quantity and model: dataset, metric, modality, quantity,
        initial_temperature, learnable_temperature, seed, model, value, mean, low, high, n (seeds),
        paper_value and paper_note: for data sets with captions those for COCO, else for CIFAR-10.

    Raises
    ------
    InputError
        If the model table lacks a column, or no model was measured.
    """
    settings = ["initial_temperature", "learnable_temperature"]
    check_columns(models, [*settings, "seed"], "temperature_sweep")
    names = pd.Series(list(zip(metrics["metric"], metrics["modality"], strict=True)))
    frame = metrics.reset_index(drop=True).assign(quantity=names.map(_QUANTITIES))
    frame = frame.dropna(subset=["quantity", "value"])
    frame = frame.merge(models[["model", *settings, "seed"]], on="model")
    if frame.empty:
        raise InputError("temperature_sweep: no model of the model table has a gap or a score")
    with_captions = set(frame.loc[frame["metric"] == "recall@1", "dataset"])
    columns = ["dataset", "metric", "modality", "quantity", *settings, "seed", "model", "value"]
    frame = with_interval(
        frame[columns].sort_values(columns[:-1], ignore_index=True),
        ["dataset", "quantity", *settings],
        confidence,
    )
    return _with_paper(frame, reference, with_captions)


def _with_paper(frame: pd.DataFrame, reference: pd.DataFrame, with_captions: set) -> pd.DataFrame:
    """Only the models with a learnt temperature stand beside the paper's, which were such."""
    parts = []
    keys = ["metric", "modality", "learnable_temperature"]
    for (metric, modality, learnable), rows in frame.groupby(keys, sort=False):
        key = pd.DataFrame(
            {
                "dataset": [_PAPER[name in with_captions] for name in rows["dataset"]],
                "temperature": rows["initial_temperature"].map(temperature_text).to_list(),
                "modality": modality,
            }
        )
        stated = metric.partition(":")[0] if learnable else ""
        place = ("mind_the_gap", "temperature", stated)
        parts.append(with_paper_values(rows, reference, place, key))
    return pd.concat(parts, ignore_index=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A panel per quantity and data set over 1/τ: seeds, mean, interval; published as circles."""
    panels = list(numbers.groupby(["dataset", "quantity"], sort=False))
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    figure, axes = new_figure(rows, columns, TEXT_WIDTH, 2.0 * rows + 0.5)
    for ax in axes.flat[len(panels) :]:
        ax.remove()
    several = numbers["dataset"].nunique() > 1
    for ax, ((dataset, quantity), shown) in zip(axes.flat, panels, strict=False):
        for learnable, curve in shown.groupby("learnable_temperature"):
            _curve(ax, curve, *_KINDS[bool(learnable)])
        _published(ax, shown)
        ax.set_xscale("log")
        title = f"{quantity}\n{dataset}" if several else quantity
        ax.set(xlabel="1/τ at the start", ylabel="", title=title)
        ax.set_ylim(bottom=0)
    legend_below(figure, figure.axes, columns=3)
    return figure


def _curve(ax: Axes, rows: pd.DataFrame, name: str, colour: str, marker: str, line: str) -> None:
    colour = COLOURS[colour]
    rows = rows.assign(inverse=1 / rows["initial_temperature"])
    dots = {"color": colour, "marker": marker, "s": 8, "alpha": 0.6, "linewidth": 0}
    sns.scatterplot(rows, x="inverse", y="value", legend=False, ax=ax, **dots)
    means = rows.drop_duplicates("inverse")
    label = f"{name} (n = {means['n'].max()} seeds)"
    style = {"color": colour, "ls": line, "marker": marker, "markersize": 4, "label": label}
    sns.lineplot(means, x="inverse", y="mean", estimator=None, legend=False, ax=ax, **style)
    known = means.dropna(subset=["low", "high"])
    ax.vlines(known["inverse"], known["low"], known["high"], color=colour, lw=0.8)


def _published(ax: Axes, rows: pd.DataFrame) -> None:
    paper = rows.dropna(subset=["paper_value"]).drop_duplicates("initial_temperature")
    paper = paper.assign(inverse=1 / paper["initial_temperature"])
    circle = {"facecolor": "none", "edgecolor": COLOURS["black"], "s": 20, "linewidth": 0.8}
    label = "published, learnt, started at τ"
    places = {"x": "inverse", "y": "paper_value", "legend": False, "ax": ax}
    if len(paper):
        sns.scatterplot(paper, label=label, **places, **circle)
