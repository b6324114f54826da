"""What every closer does to the gap, to retrieval and to one index of both modalities."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.artifacts.soft_targets._differences import AFTER, TRAINED, differences
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

# Outcomes of a panel, of which the mean is drawn, and its heading.
_PANELS = {
    "RMG": ("RMG",),
    "L2M": ("L2M",),
    "R@1, both ways": ("R@1 i→t", "R@1 t→i"),
    "mixed NDCG@10": ("mixed NDCG i", "mixed NDCG t"),
}
_KINDS = {TRAINED: ("blue", "o"), AFTER: ("vermilion", "s")}
_ROW = 0.16  # inches


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
    heights = [numbers[numbers["dataset"] == name]["closer"].nunique() for name in datasets]
    height = _ROW * sum(heights) + 0.6 * len(datasets) + 0.4
    figure, axes = new_figure(
        len(datasets), len(_PANELS), TEXT_WIDTH, height, height_ratios=heights, sharey="row"
    )
    for row, dataset in zip(axes, datasets, strict=True):
        shown = numbers[numbers["dataset"] == dataset]
        order = {name: place for place, name in enumerate(dict.fromkeys(shown["closer"]))}
        for ax, (heading, outcomes) in zip(row, _PANELS.items(), strict=True):
            _panel(ax, shown[shown["outcome"].isin(outcomes)], order)
            ax.set(xlabel=f"{heading}, difference", ylabel="")
        row[0].set(yticks=range(len(order)), yticklabels=order, ylim=(len(order) - 0.5, -0.5))
        row[0].set_title(dataset, loc="left")
    legend_below(figure, figure.axes, columns=2)
    return figure


def _panel(ax: Axes, rows: pd.DataFrame, order: dict[str, int]) -> None:
    ax.axvline(0, color=COLOURS["black"], lw=0.6)
    rows = rows.assign(place=rows["closer"].map(order))
    for kind, (colour, marker) in _KINDS.items():
        own = rows[rows["kind"] == kind]
        if own.empty:
            continue
        colour = COLOURS[colour]
        by_seed = own.groupby(["place", "seed"], as_index=False)["difference"].mean()
        faint = {"color": colour, "marker": marker, "s": 6, "alpha": 0.35, "linewidth": 0}
        sns.scatterplot(by_seed, x="difference", y="place", ax=ax, legend=False, **faint)
        means = by_seed.groupby("place", as_index=False)["difference"].mean()
        label = f"{kind} (n = {own['n'].max()} seeds)"
        style = {"color": colour, "marker": marker, "s": 18, "linewidth": 0, "label": label}
        sns.scatterplot(means, x="difference", y="place", ax=ax, **style)
        if own["outcome"].nunique() == 1:
            limits = own.drop_duplicates("place").dropna(subset=["low", "high"])
            ax.hlines(limits["place"], limits["low"], limits["high"], color=colour, lw=0.8)
