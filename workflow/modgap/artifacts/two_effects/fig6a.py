"""Fig 6a: how often attribute and object words occur in captions."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from modgap.errors import InputError
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

_KINDS = {"attribute": (COLOURS["vermilion"], "s", -0.2), "object": (COLOURS["blue"], "o", 0.2)}
_QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}


def numbers(word_counts: pd.DataFrame) -> pd.DataFrame:
    """One row per corpus and word, with the quartiles of its kind in its corpus.

    Parameters
    ----------
    word_counts
        Columns corpus, word, kind (attribute or object) and captions (how many hold the word).

    Returns
    -------
    pandas.DataFrame
        corpus, kind, word, captions, lower_quartile, median, upper_quartile (of captions, over the
        words of a kind) and n (words of the kind).

    Raises
    ------
    InputError
        For another kind.
    """
    unknown = sorted(set(word_counts["kind"]) - set(_KINDS))
    if unknown:
        raise InputError(f"word counts: unknown kind {unknown}; expected one of {list(_KINDS)}")
    captions = word_counts.groupby(["corpus", "kind"])["captions"]
    quartiles = {name: captions.transform("quantile", share) for name, share in _QUARTILES.items()}
    frame = word_counts[["corpus", "kind", "word", "captions"]]
    return frame.assign(**quartiles, n=captions.transform("size")).reset_index(drop=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A pair of columns per corpus: every word as a point, the median and the quartiles as bars."""
    figure, axes = new_figure(1, 1, TEXT_WIDTH, 2.8)
    ax = axes[0, 0]
    places = {corpus: place for place, corpus in enumerate(numbers["corpus"].unique())}
    for kind, (colour, marker, shift) in _KINDS.items():
        words = numbers[numbers["kind"] == kind]
        columns = {"x": words["corpus"].map(places) + shift, "y": words["captions"], "orient": "x"}
        sns.stripplot(
            **columns,
            native_scale=True,
            jitter=0.13,
            color=colour,
            marker=marker,
            size=2.5,
            alpha=0.4,
            linewidth=0,
            label=f"{kind} word",
            ax=ax,
        )
        sns.pointplot(
            **columns,
            native_scale=True,
            estimator="median",
            errorbar=("pi", 50),
            color="black",
            linestyle="none",
            marker="D",
            markersize=4,
            markerfacecolor="white",
            markeredgewidth=1,
            zorder=4,
            label="median",
            err_kws={"linewidth": 1, "zorder": 3, "label": "quartiles"},
            ax=ax,
        )
    # Words that no caption holds stay visible, at 0.
    ax.set_yscale("symlog", linthresh=1)
    ax.set_ylim(0, 2 * max(numbers["captions"].max(), 1))
    ax.set_xticks(range(len(places)), [_tick(numbers, corpus) for corpus in places])
    ax.set_xlim(-0.5, len(places) - 0.5)
    ax.set(xlabel="", ylabel="captions that hold the word")
    legend_below(figure, [ax])
    return figure


def _tick(numbers: pd.DataFrame, corpus: str) -> str:
    kinds = numbers[numbers["corpus"] == corpus]["kind"].value_counts()
    return f"{corpus}\n(n = {kinds.get('attribute', 0)} + {kinds.get('object', 0)})"
