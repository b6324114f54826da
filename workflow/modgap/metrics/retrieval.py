"""Cross-modal retrieval: recall@k both ways from one product, by counting ranks."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import BUDGET, count_columns, count_rows, like, similarity_blocks
from modgap.metrics.checks import TIE, check_ks, check_pairs, embedding_pair
from modgap.metrics.pairs import pair_cosines
from modgap.metrics.rows import unit_rows


@dataclass(frozen=True)
class Recall:
    """Recall@k in both directions.

    Attributes
    ----------
    image_to_text, text_to_image : dict
        k → share of queries, in [0, 1].
    image_queries, text_queries : int
        Number of queries behind each.
    """

    image_to_text: dict[int, float]
    text_to_image: dict[int, float]
    image_queries: int
    text_queries: int


def recall_at_k(
    images: Any,
    texts: Any,
    pairs: Any = None,
    ks: tuple[int, ...] = (1, 5, 10),
    text_groups: Any = None,
    budget: int = BUDGET,
) -> Recall:
    """Share of queries with a matching item of the other modality among the k most similar.

    An image with several captions is a hit if any of them is among the k. Items in no pair are no
    queries but do compete. Ties count against the hit: a wrong item as similar as the best right
    one (within 1e-6, what float32 can tell) is ranked before it. A collapsed cloud thus has recall
    0, not 1. Memory: both clouds in float32 and `budget` bytes.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.
    pairs
        (P, 2) of image row and text row; by default row i matches row i.
    ks
        Cut-offs, positive integers.
    text_groups
        (M,) numbers that give texts that are the same text the same number: the group is then one
        text, matching all images of its members (identical captions).
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    Recall

    Raises
    ------
    InputError
        For what `rmg` refuses, for text groups of the wrong length and for a k below 1.

    References
    ----------
    Radford et al., Learning Transferable Visual Models (ICML 2021), section 3.

    Examples
    --------
    >>> recall = recall_at_k([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.1], [1.0, 0.2]], ks=(1, 2))
    >>> recall.image_to_text, recall.text_to_image
    ({1: 1.0, 2: 1.0}, {1: 0.5, 2: 1.0})
    """
    ks = check_ks(ks)
    ranks = retrieval_ranks(images, texts, pairs, text_groups, budget)
    hits = [{k: float(np.mean(rank <= k)) for k in ks} for rank in ranks]
    return Recall(hits[0], hits[1], len(ranks[0]), len(ranks[1]))


def retrieval_ranks(
    images: Any, texts: Any, pairs: Any = None, text_groups: Any = None, budget: int = BUDGET
) -> tuple[np.ndarray, np.ndarray]:
    """Rank (1 = first) of the best right item of each image query and of each text query.

    Arguments and rules as `recall_at_k`; queries in the order of their rows (of their groups).
    """
    images, texts = embedding_pair(images, texts)
    pairs = check_pairs(pairs, len(images), len(texts))
    x, y = unit_rows(images, "images"), unit_rows(texts, "texts")
    if text_groups is not None:
        y, pairs = one_text_per_group(y, pairs, text_groups)
    pairs = np.unique(pairs, axis=0)  # sorted by image, as the blocks are
    cosines = pair_cosines(x, y, pairs)
    best_x, best_y = np.full(len(x), np.inf), np.full(len(y), np.inf)
    for best, side in ((best_x, pairs[:, 0]), (best_y, pairs[:, 1])):
        best[side] = -np.inf
        np.maximum.at(best, side, cosines)
    ahead_x, ahead_y = _wrong_ahead(x, y, pairs, best_x - TIE, best_y - TIE, budget)
    return 1 + ahead_x[np.isfinite(best_x)], 1 + ahead_y[np.isfinite(best_y)]


def _wrong_ahead(
    x: Any, y: Any, pairs: np.ndarray, least_x: np.ndarray, least_y: np.ndarray, budget: int
) -> tuple[np.ndarray, np.ndarray]:
    """How many wrong items reach the given similarity, for each image and each text."""
    ahead_x, ahead_y = np.empty(len(x), np.int64), np.zeros(len(y), np.int64)
    least_x = like(least_x.astype(np.float32), x)
    least_y = like(least_y.astype(np.float32), x)
    for start, stop, block in similarity_blocks(x, y, budget):
        first, last = np.searchsorted(pairs[:, 0], (start, stop))
        rows, columns = like(pairs[first:last] - (start, 0), x).T
        block[rows, columns] = -2  # right items never count as ahead
        ahead_x[start:stop] = count_rows(block >= least_x[start:stop, None])
        ahead_y += count_columns(block >= least_y)
    return ahead_x, ahead_y


def one_text_per_group(y: Any, pairs: np.ndarray, groups: Any) -> tuple[Any, np.ndarray]:
    """One row of `y` per group, and the pairs with these rows."""
    groups = np.asarray(groups)
    if groups.shape != (len(y),):
        raise InputError(
            f"text_groups: shape {groups.shape}, expected one group for each of {len(y)} texts"
        )
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return y[like(first, y)], np.column_stack([pairs[:, 0], group[pairs[:, 1]]])
