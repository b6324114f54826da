"""The shape of the clouds: alignment, uniformity, effective rank, spread of similarities."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.metrics.blocks import BUDGET, like, namespace, row_step, similarity_blocks
from modgap.metrics.checks import check_pairs, embedding_pair, embeddings
from modgap.metrics.pairs import pair_cosines
from modgap.metrics.rows import unit_gather, unit_rows, unit_sum
from modgap.runtime.progress import Progress

_ROWS = 8192


def alignment(images: Any, texts: Any, pairs: Any = None) -> float:
    """Mean squared distance of matching items, mean ‖x_i − y_i‖².

    It is 2 − 2 · mean cosine of pairs, so it tells nothing that `rmg`'s numerator does not.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.
    pairs
        (P, 2) of image row and text row; by default row i matches row i.

    Returns
    -------
    float
        In [0, 4], smaller is better aligned.

    Raises
    ------
    InputError
        As `rmg`.

    References
    ----------
    Wang and Isola, Alignment and Uniformity (ICML 2020), section 4.1, α = 2.

    Examples
    --------
    >>> alignment([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]])
    1.0
    """
    images, texts = embedding_pair(images, texts)
    rows = check_pairs(pairs, len(images), len(texts))
    return float(2 - 2 * pair_cosines(images, texts, rows).mean())


def uniformity(vectors: Any, budget: int = BUDGET) -> float:
    """log of the mean of exp(−2 ‖u − v‖²) over pairs of different items.

    Takes N²/2 similarities, in blocks.

    Parameters
    ----------
    vectors
        (N, d) embeddings of one modality; rows are made unit length.
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    float
        In [−8, 0]: 0 for a collapsed cloud, about −4 for one spread evenly over a sphere of many
        dimensions.

    Raises
    ------
    InputError
        For rows that are not finite or are zero, and for a single row.

    References
    ----------
    Wang and Isola, Alignment and Uniformity (ICML 2020), section 4.1, t = 2.

    Examples
    --------
    >>> round(uniformity([[1.0, 0.0], [-1.0, 0.0]]), 6)
    -8.0
    """
    unit = unit_rows(embeddings(vectors, "vectors"), "vectors")
    xp, n, total = namespace(unit), len(unit), 0.0
    step = row_step(n, budget, per_value=4)
    progress = Progress(n, "rows of uniformity", brief=False)
    for start in range(0, n, step):
        for _, _, block in similarity_blocks(unit[start : start + step], unit[start:], budget, 4):
            block -= 1
            block *= 4  # −2 ‖u − v‖² = 4 (cos − 1)
            rows = like(np.arange(len(block)), unit)
            block[rows, rows] = -np.inf  # an item with itself: no pair
            xp.exp(block, out=block)
            # The square on the diagonal holds each of its pairs twice already.
            total += 2 * float(block.sum()) - float(block[:, : len(block)].sum())
            progress.add(len(block))
    return float(np.log(total / (n * (n - 1))))


def effective_rank(vectors: Any) -> float:
    """exp of the entropy of the shares of the singular values: how many directions a cloud fills.

    The rows are made unit length and centred.

    Parameters
    ----------
    vectors
        (N, d) embeddings of one modality; rows are made unit length.

    Returns
    -------
    float
        In [1, min(N − 1, d)]: 1 for a cloud on one line; NaN for a single point.

    Raises
    ------
    InputError
        For rows that are not finite or are zero, and for a single row.

    References
    ----------
    Roy and Vetterli, The Effective Rank (EUSIPCO 2007), definition 1.

    Examples
    --------
    >>> effective_rank([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    2.0
    """
    vectors = embeddings(vectors, "vectors")
    mean = unit_sum(vectors, "vectors") / len(vectors)
    centred = (unit - mean for unit in _unit_parts(vectors, "vectors"))
    squares = np.linalg.eigvalsh(sum(unit.T @ unit for unit in centred))
    # Below this an eigenvalue is rounding, and its root would count as a direction.
    values = np.sqrt(squares[squares > len(mean) * np.finfo(float).eps * len(vectors)])
    if not len(values):
        return float("nan")
    shares = values / values.sum()
    return round(float(np.exp(-(shares * np.log(shares)).sum())), 12)


def similarity_spread(vectors: Any, others: Any = None) -> float:
    """Standard deviation of the cosines of different items, or of all of two clouds.

    The scale that differences of similarities (MOAD, separations) are to be read on. From d × d
    sums: no N × N matrix.

    Parameters
    ----------
    vectors
        (N, d) embeddings of one modality; rows are made unit length.
    others
        (M, d): the cosines are then those of each of `vectors` with each of `others`.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InputError
        For rows that are not finite or are zero, and for a single row.

    Examples
    --------
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
    """The moments of a checked cloud, all in float64 from the same rows.

    A variance is a difference of the two: a sum of float32 blocks would leave none of a narrow
    cone's.
    """
    total, gram = np.zeros(vectors.shape[1]), np.zeros((vectors.shape[1],) * 2)
    for unit in _unit_parts(vectors, name):
        total += unit.sum(axis=0)
        gram += unit.T @ unit
    return Moments(len(vectors), total, gram)


def spread(first: Moments, second: Moments | None = None) -> float:
    """`similarity_spread` from the moments of one cloud or two."""
    if second is None:
        pairs = first.n * (first.n - 1)
        mean, square = first.total @ first.total - first.n, (first.gram**2).sum() - first.n
    else:
        pairs = first.n * second.n
        mean, square = first.total @ second.total, (first.gram * second.gram).sum()
    return float(np.sqrt(max(square / pairs - (mean / pairs) ** 2, 0.0)))


def _unit_parts(vectors: Any, name: str) -> Iterator[np.ndarray]:
    """The unit rows, float64, some thousands at a time."""
    for start in range(0, len(vectors), _ROWS):
        yield unit_gather(vectors, name, slice(start, start + _ROWS))
