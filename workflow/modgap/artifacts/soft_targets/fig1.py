"""What every closer does to the gap, to retrieval and to one index of both modalities."""

import textwrap

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.artifacts.soft_targets._differences import AFTER, TRAINED, differences
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

# The outcomes that are drawn, and what a panel calls them.
_PANELS = {
    "RMG": "RMG",
    "L2M": "L2M",
    "R@1 t→i": "R@1,\ntext queries",
    "mixed NDCG t": "mixed NDCG@10,\ntext queries",
}
_KINDS = {TRAINED: ("blue", "o"), AFTER: ("vermilion", "s")}
_ROW = 0.16  # inches
_LETTERS = 36  # of a closer's name in one line


def numbers(
    metrics: pd.DataFrame, models: pd.DataFrame, closed: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """Every outcome of every closer, less that of the plain model of the same seed.

    Parameters
    ----------
    metrics
        Metric table.
    models
        Model table of models trained with several losses and temperatures.
    closed
        The look `closers` of the plain ones among them.
    confidence
        Of the interval over seeds (Student's t), in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per data set, closer, outcome and seed: dataset, closer, kind, outcome, metric,
        modality, seed, model, value, plain, difference, mean, low, high, n (seeds), p and
        p_corrected (Benjamini and Hochberg over a data set).

    Raises
    ------
    InputError
        If there is no plain model, or nothing to compare with it.
    """
    return differences(metrics, models, closed, "soft_targets fig1", confidence)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A row of panels per data set: differences from plain CLIP, seeds faint, means with limits."""
    datasets = list(dict.fromkeys(numbers["dataset"]))
    names = [_names(numbers.loc[numbers["dataset"] == name, "closer"]) for name in datasets]
    heights = [int(labels["lines"].sum()) for labels in names]
    height = _ROW * sum(heights) + 0.6 * len(datasets) + 0.4
    figure, axes = new_figure(
        len(datasets), len(_PANELS), TEXT_WIDTH, height, height_ratios=heights, sharey="row"
    )
    for row, dataset, labels, lines in zip(axes, datasets, names, heights, strict=True):
        shown = numbers[numbers["dataset"] == dataset]
        for ax, (outcome, heading) in zip(row, _PANELS.items(), strict=True):
            _panel(ax, shown[shown["outcome"] == outcome], labels["place"].to_dict())
            ax.locator_params(axis="x", nbins=3)
            ax.set(xlabel=heading, ylabel="")
        row[0].set(yticks=labels["place"], yticklabels=labels["label"], ylim=(lines - 0.5, -0.5))
        row[0].set_title(dataset, loc="left")
    figure.suptitle("Difference from the plain model of the same seed", fontsize=8)
    legend_below(figure, figure.axes, columns=2)
    return figure


def _names(closers: pd.Series) -> pd.DataFrame:
    """Closer → its name in lines, how many, and where its row is, in lines from above."""
    closers = closers.drop_duplicates()
    wrapped = [textwrap.fill(name, _LETTERS) for name in closers]
    table = pd.DataFrame({"label": wrapped}, index=closers)
    table["lines"] = 1 + table["label"].str.count("\n")
    table["place"] = table["lines"].cumsum() - (table["lines"] + 1) / 2
    return table


def _panel(ax: Axes, rows: pd.DataFrame, order: dict[str, float]) -> None:
    ax.axvline(0, color=COLOURS["black"], lw=0.6)
    rows = rows.assign(place=rows["closer"].map(order))
    for kind, (colour, marker) in _KINDS.items():
        own = rows[rows["kind"] == kind]
        if own.empty:
            continue
        colour = COLOURS[colour]
        faint = {"color": colour, "marker": marker, "s": 6, "alpha": 0.35, "linewidth": 0}
        sns.scatterplot(own, x="difference", y="place", ax=ax, legend=False, **faint)
        means = own.drop_duplicates("place")
        label = f"{kind} (n = {own['n'].max()} seeds)"
        style = {"color": colour, "marker": marker, "s": 18, "linewidth": 0, "label": label}
        sns.scatterplot(means, x="mean", y="place", ax=ax, **style)
        limits = means.dropna(subset=["low", "high"])
        ax.hlines(limits["place"], limits["low"], limits["high"], color=colour, lw=0.8)
