"""Fig 6a: how often attribute and object words occur in captions."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.errors import InputError
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

_KINDS = {"attribute": (COLOURS["vermilion"], "s", -0.2), "object": (COLOURS["blue"], "o", 0.2)}


def numbers(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per corpus and word, with the quartiles of its kind in its corpus.

    `counts` has the columns corpus, word, kind (attribute or object) and captions (how many hold
    the word). Adds lower_quartile, median, upper_quartile and n (words). Raises `InputError` for
    another kind.
    """
    unknown = sorted(set(counts["kind"]) - set(_KINDS))
    if unknown:
        raise InputError(f"word counts: unknown kind {unknown}; expected one of {list(_KINDS)}")
    captions = counts.groupby(["corpus", "kind"])["captions"]
    shares = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}
    quartiles = {name: captions.transform("quantile", share) for name, share in shares.items()}
    frame = counts[["corpus", "kind", "word", "captions"]]
    return frame.assign(**quartiles, n=captions.transform("size")).reset_index(drop=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A pair of columns per corpus: every word as a point, the median and the quartiles as bars."""
    figure, axes = new_figure(1, 1, TEXT_WIDTH, 2.8)
    ax = axes[0, 0]
    corpora = list(numbers["corpus"].unique())
    for place, corpus in enumerate(corpora):
        for kind in _KINDS:
            rows = numbers[(numbers["corpus"] == corpus) & (numbers["kind"] == kind)]
            _words(ax, place, rows, kind)
    # Words that no caption holds stay visible, at 0.
    ax.set_yscale("symlog", linthresh=1)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("captions that hold the word")
    ax.set_xticks(range(len(corpora)), [_tick(numbers, corpus) for corpus in corpora])
    ax.set_xlim(-0.5, len(corpora) - 0.5)
    legend_below(figure, [ax])
    return figure


def _words(ax: Axes, place: int, rows: pd.DataFrame, kind: str) -> None:
    if rows.empty:
        return
    colour, marker, shift = _KINDS[kind]
    spread = np.random.default_rng(0).uniform(-0.13, 0.13, len(rows))
    style = {"color": colour, "ms": 2.5, "mew": 0, "alpha": 0.4, "label": f"{kind} word"}
    ax.plot(place + shift + spread, rows["captions"], marker, **style)
    low, median, high = rows[["lower_quartile", "median", "upper_quartile"]].iloc[0]
    ax.vlines(place + shift, low, high, color="black", lw=1, label="quartiles")
    ax.plot([place + shift], [median], "D", color="black", mfc="white", label="median")


def _tick(numbers: pd.DataFrame, corpus: str) -> str:
    kinds = numbers[numbers["corpus"] == corpus]["kind"].value_counts()
    return f"{corpus}\n(n = {kinds.get('attribute', 0)} + {kinds.get('object', 0)})"
