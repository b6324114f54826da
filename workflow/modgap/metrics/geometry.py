"""The shape of the clouds: alignment, uniformity, effective rank, spread of similarities."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.metrics.blocks import BUDGET, like, namespace, row_step, similarity_blocks
from modgap.metrics.checks import check_pairs, embedding_pair, embeddings
from modgap.metrics.gap import pair_cosines
from modgap.metrics.rows import unit_gather, unit_rows, unit_sum

_ROWS = 8192


def alignment(images: Any, texts: Any, pairs: Any = None) -> float:
    """Mean squared distance of matching items, mean ‖x_i − y_i‖² (Wang & Isola, ICML 2020, α = 2).

    `images` (N, d), `texts` (M, d), `pairs` (P, 2) of image row and text row (default: row i with
    row i). In [0, 4], smaller is better aligned; it is 2 − 2 · mean cosine of pairs, so it says
    nothing that `rmg`'s numerator does not. Raises `InputError` as `rmg` does.

    >>> alignment([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]])
    1.0
    """
    images, texts = embedding_pair(images, texts)
    rows = check_pairs(pairs, len(images), len(texts))
    return float(2 - 2 * pair_cosines(images, texts, rows).mean())


def uniformity(vectors: Any, budget: int = BUDGET) -> float:
    """log of the mean of exp(−2 ‖u − v‖²) over pairs of different items (Wang & Isola, t = 2).

    `vectors` (N, d) of one modality. In [−8, 0]: 0 for a collapsed cloud, about −4 for one spread
    evenly over a sphere of many dimensions. Takes N²/2 similarities, in blocks of `budget` bytes.
    Raises `InputError` for rows that are not finite or are zero, and for a single row.

    >>> round(uniformity([[1.0, 0.0], [-1.0, 0.0]]), 6)
    -8.0
    """
    unit = unit_rows(embeddings(vectors, "vectors"), "vectors")
    xp, n, total = namespace(unit), len(unit), 0.0
    step = row_step(n, budget, per_value=4)
    for start in range(0, n, step):
        for _, _, block in similarity_blocks(unit[start : start + step], unit[start:], budget, 4):
            block -= 1
            block *= 4  # −2 ‖u − v‖² = 4 (cos − 1)
            rows = like(np.arange(len(block)), unit)
            block[rows, rows] = -np.inf  # an item with itself: no pair
            xp.exp(block, out=block)
            # The square on the diagonal holds each of its pairs twice already.
            total += 2 * float(block.sum()) - float(block[:, : len(block)].sum())
    return float(np.log(total / (n * (n - 1))))


def effective_rank(vectors: Any) -> float:
    """exp of the entropy of the singular values' shares (Roy & Vetterli, EUSIPCO 2007).

    `vectors` (N, d) are made unit length and centred. In [1, min(N − 1, d)]: how many directions
    the cloud fills. 1 for a cloud on one line; NaN for a single point. Raises `InputError` as
    `uniformity` does.

    >>> effective_rank([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    2.0
    """
    vectors = embeddings(vectors, "vectors")
    mean = unit_sum(vectors, "vectors") / len(vectors)
    squares = np.linalg.eigvalsh(_gram(vectors, "vectors", mean))
    # Below this an eigenvalue is rounding, and its root would count as a direction.
    values = np.sqrt(squares[squares > len(mean) * np.finfo(float).eps * len(vectors)])
    if not len(values):
        return float("nan")
    shares = values / values.sum()
    return round(float(np.exp(-(shares * np.log(shares)).sum())), 12)


def similarity_spread(vectors: Any, others: Any = None) -> float:
    """Standard deviation of the cosines of different items, or of all of `vectors` and `others`.

    `vectors` (N, d), `others` (M, d). In [0, 1]. The scale that differences of similarities (MOAD,
    separations) are to be read on. From d × d sums: no N × N matrix. Raises `InputError` as
    `uniformity` does.

    >>> similarity_spread([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    0.9428090415820634
    """
    if others is None:
        return spread(moments(embeddings(vectors, "vectors"), "vectors"))
    vectors, others = embedding_pair(vectors, others, ("vectors", "others"))
    return spread(moments(vectors, "vectors"), moments(others, "others"))


@dataclass(frozen=True)
class Moments:
    """Number of rows, sum (d,) and Σ x xᵀ (d, d) of the unit rows of a cloud."""

    n: int
    total: np.ndarray
    gram: np.ndarray


def moments(vectors: Any, name: str) -> Moments:
    """The moments of a checked cloud."""
    return Moments(len(vectors), unit_sum(vectors, name), _gram(vectors, name))


def spread(first: Moments, second: Moments | None = None) -> float:
    """`similarity_spread` from the moments of one cloud or two."""
    if second is None:
        pairs = first.n * (first.n - 1)
        mean, square = first.total @ first.total - first.n, (first.gram**2).sum() - first.n
    else:
        pairs = first.n * second.n
        mean, square = first.total @ second.total, (first.gram * second.gram).sum()
    return float(np.sqrt(max(square / pairs - (mean / pairs) ** 2, 0.0)))


def _gram(vectors: Any, name: str, centre: np.ndarray | float = 0.0) -> np.ndarray:
    """Σ (x_i − centre)(x_i − centre)ᵀ of the unit rows, (d, d) float64."""
    total = np.zeros((vectors.shape[1],) * 2)
    for start in range(0, len(vectors), _ROWS):
        unit = unit_gather(vectors, name, slice(start, start + _ROWS)) - centre
        total += unit.T @ unit
    return total
