"""By how much matching pairs are more similar than all others."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import BUDGET, like, similarity_blocks, to_numpy
from modgap.metrics.checks import check_pairs, embedding_pair
from modgap.metrics.pairs import pair_cosines
from modgap.metrics.retrieval import one_text_per_group
from modgap.metrics.rows import unit_rows

# Other pairs are counted by their cosine in bins this wide: a quantile is no finer.
_BIN = 2e-5
_BINS = round(2 / _BIN) + 3


@dataclass(frozen=True)
class Margins:
    """The margin between matching pairs and all others, and where it lies.

    Attributes
    ----------
    margin : float
        m, in [−1, 1]: half the distance from the most similar other pair to the least similar
        matching one; below 0 where they overlap.
    relative_bias : float
        b_rel, in [−1, 1]: the cosine halfway between the two.
    """

    margin: float
    relative_bias: float


def margins(
    images: Any,
    texts: Any,
    pairs: Any = None,
    tails: tuple[float, ...] = (0.0,),
    text_groups: Any = None,
    budget: int = BUDGET,
) -> list[Margins]:
    """The largest m, and its b_rel, with matching cosines ≥ b_rel + m and others ≤ b_rel − m.

    With m > 0 the sigmoid loss can be driven to zero by its temperature and bias alone (bias =
    −scale · b_rel). One mislabelled pair decides a smallest and a largest value, so a share of each
    kind can be left out: matching cosines from their `tail` quantile, others up to their 1 − `tail`
    quantile (to 2·10⁻⁵).

    Parameters
    ----------
    images, texts
        (N, d) and (M, d); rows are made unit length.
    pairs
        (P, 2) of image row and text row; by default row i matches row i.
    tails
        Shares left out, in [0, 0.5); 0 is the definition.
    text_groups
        (M,) numbers that give texts that are the same text the same number, as in `recall_at_k`.
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    list of Margins
        One per tail; NaN where every pair matches.

    Raises
    ------
    InputError
        For what `recall_at_k` refuses and for a tail out of range.

    References
    ----------
    Bangachev et al., Global Minimizers of Sigmoid Contrastive Loss (NeurIPS 2025, arXiv
    2509.18552): (m, b_rel)-constellations. The quantiles are ours.

    Examples
    --------
    >>> margins([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.6, 0.8]])[0].margin
    0.1
    """
    for tail in tails:
        if not 0 <= tail < 0.5:
            raise InputError(f"tails: {tail}, expected shares of at least 0 and below 0.5")
    images, texts = embedding_pair(images, texts)
    pairs = check_pairs(pairs, len(images), len(texts))
    x, y = unit_rows(images, "images"), unit_rows(texts, "texts")
    if text_groups is not None:
        y, pairs = one_text_per_group(y, pairs, text_groups)
    pairs = np.unique(pairs, axis=0)  # sorted by image, as the blocks are
    cosines = pair_cosines(x, y, pairs)
    largest, counts = _others(x, y, pairs, budget, with_counts=any(tails))
    limits = [(np.quantile(cosines, t), _upper(largest, counts, t)) for t in tails]
    return [Margins(_rounded(low - high), _rounded(low + high)) for low, high in limits]


def _others(
    x: Any, y: Any, pairs: np.ndarray, budget: int, with_counts: bool
) -> tuple[float, np.ndarray]:
    """Largest cosine of the pairs that do not match (NaN without any), and how many per bin."""
    largest, counts = -np.inf, np.zeros(_BINS, np.int64)
    for start, stop, block in similarity_blocks(x, y, budget, per_value=16):
        first, last = np.searchsorted(pairs[:, 0], (start, stop))
        rows, columns = like(pairs[first:last] - (start, 0), x).T
        block[rows, columns] = -2
        largest = max(largest, float(block.max()))
        if with_counts:
            # Bin 0 holds the matching pairs, just below −1; bin i is at (i − 1) · _BIN − 1.
            block[rows, columns] = -1 - _BIN
            block *= 1 / _BIN
            block += 1 / _BIN + 1.5
            counts += np.bincount(to_numpy(block).astype(np.intp).ravel(), minlength=_BINS)[:_BINS]
    counts[0] = 0
    return (largest if largest > -2 else float("nan")), counts


def _upper(largest: float, counts: np.ndarray, tail: float) -> float:
    if tail == 0 or not counts.any():
        return largest
    cumulative = np.cumsum(counts)
    rank = np.ceil((1 - tail) * cumulative[-1])
    return float((np.searchsorted(cumulative, rank) - 1) * _BIN - 1)


def _rounded(twice: float) -> float:
    return round(float(twice) / 2, 7)  # float32 cosines are no finer
