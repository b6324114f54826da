"""What is the same: items told apart by their words where they have any, else by their vectors."""

import logging

import numpy as np
import pandas as pd

from modgap.metrics.checks import SAME
from modgap.metrics.rows import unit_rows

_log = logging.getLogger(__name__)

# Rows are looked for in cells this many tolerances wide, of this many random directions; a pair
# that one grid parts is found by another that is shifted.
_WIDTH, _DIRECTIONS, _GRIDS = 32, 8, 6
_BLOCK = 4096
# Fewer different embeddings than this share of the items are worth a warning; a cloud of unit rows
# with a spread below that is one point for every metric.
_FAR_FEWER, _COLLAPSED = 0.5, 1e-3


def same_items(
    vectors: np.ndarray, words: pd.Series | None = None, name: str = "texts"
) -> np.ndarray:
    """Number items so that those that are the same have one number, and log what is merged.

    Parameters
    ----------
    vectors
        (n, d) unit rows.
    words
        What each item says, for texts whose words are known: these decide. An item whose words are
        missing is like no other.
    name
        What the log calls the items.

    Returns
    -------
    numpy.ndarray
        (n,) numbers. Without words, items are the same if nearer than `SAME` of the cloud's
        spread; should that make all items one, the model has collapsed and each counts by itself.
    """
    if words is None:
        groups = same_rows(vectors)
        if not groups.any():
            groups = np.arange(len(vectors))
    else:
        groups = _by_words(words)
    first = np.unique(groups, return_index=True)[1]
    if len(first) < len(groups):
        how = "by their vectors" if words is None else "by their words"
        text = "%s: %d of %d are different %s; copies of one count as one in recall"
        _log.info(text, name, len(first), len(groups), how)
    _warn_of_collapse(vectors, len(first) if words is None else None, vectors[first], name)
    return groups


def first_alike(words: pd.Series) -> np.ndarray:
    """For each row the first one of the same word; a missing word is like no other.

    >>> first_alike(pd.Series(["a", "b", "a", None, None])).tolist()
    [0, 1, 0, 3, 4]
    """
    first, places = np.unique(_by_words(words), return_index=True, return_inverse=True)[1:]
    return first[places]


def _by_words(words: pd.Series) -> np.ndarray:
    groups = pd.factorize(words)[0]
    unknown = np.flatnonzero(groups < 0)
    groups[unknown] = len(groups) + unknown
    return groups


def same_rows(vectors: np.ndarray) -> np.ndarray:
    """Number unit rows so that those nearer than `SAME` of the cloud's spread share a number.

    Time grows with n·d, not with n². Rows at the very tolerance may be missed (one pair in 30,000);
    at a tenth of it and below none are.
    """
    n = len(vectors)
    centre, spread = _spread(vectors)
    tolerance = SAME * spread
    if tolerance < 1e-12:
        return np.zeros(n, np.intp)
    directions = np.random.default_rng(0).normal(size=(vectors.shape[1], _DIRECTIONS))
    places = np.empty((n, _DIRECTIONS))
    for start in range(0, n, _BLOCK):
        places[start : start + _BLOCK] = (vectors[start : start + _BLOCK] - centre) @ directions
    groups = np.arange(n)
    for grid in range(_GRIDS):
        heads = np.flatnonzero(groups == np.arange(n))
        leaders = heads[_first_of_cell(places[heads] / (_WIDTH * tolerance) + grid / _GRIDS)]
        near = _near(vectors, heads, leaders, tolerance)
        groups[heads[near]] = leaders[near]
        groups = groups[groups]
    return np.unique(groups, return_inverse=True)[1]


def unlike_row(vectors: np.ndarray, first: np.ndarray, least: float = _COLLAPSED) -> int | None:
    """The first row that is no copy of the row `first` of it; None if all are.

    What is embedded anew (another crop, another precision) is nearer than any two items are: these
    are twice as far apart, squared, as the rows of a cloud from its centre. What is nearer than
    `least` is a copy in any cloud, however little else than noise is in it.
    """
    unit = unit_rows(vectors, "images")
    near = _near(unit, np.arange(len(unit)), first, max(_spread(unit)[1], least))
    return None if near.all() else int(np.flatnonzero(~near)[0])


def _first_of_cell(places: np.ndarray) -> np.ndarray:
    """For each row, the first row that lies in the same cell."""
    odd = np.random.default_rng(1).integers(2**62, size=places.shape[1]) * 2 + 1
    cells = (np.floor(places).astype(np.int64) * odd).sum(axis=1)
    codes = pd.factorize(cells)[0]
    first = np.empty(codes.max() + 1, np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first[codes]


def _near(
    vectors: np.ndarray, rows: np.ndarray, others: np.ndarray, tolerance: float
) -> np.ndarray:
    near = rows == others
    apart = np.flatnonzero(~near)
    for start in range(0, len(apart), _BLOCK):
        part = apart[start : start + _BLOCK]
        step = vectors[rows[part]].astype(np.float64) - vectors[others[part]]
        near[part] = np.einsum("ij,ij->i", step, step) <= tolerance**2
    return near


def _warn_of_collapse(
    vectors: np.ndarray, merged: int | None, different: np.ndarray, name: str
) -> None:
    """Warn if far fewer vectors than items are different, or all of them are nearly one."""
    items, vectors_left = len(vectors), merged
    if merged is None:
        items, vectors_left = len(different), len(np.unique(same_rows(different)))
    if _spread(vectors)[1] < _COLLAPSED:
        vectors_left = 1
    if items > 1 and vectors_left < items * _FAR_FEWER:
        _log.warning(
            "%s: %d items have only %d different embeddings: has the model collapsed, or were "
            "texts cut short that differ only at their end?",
            name,
            items,
            vectors_left,
        )


def _spread(vectors: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre of a cloud and root mean squared distance from it."""
    centre = vectors.mean(axis=0, dtype=np.float64)
    squares = 0.0
    for start in range(0, len(vectors), _BLOCK):
        moved = vectors[start : start + _BLOCK] - centre
        squares += np.einsum("ij,ij->", moved, moved)
    return centre, float(np.sqrt(squares / len(vectors)))
