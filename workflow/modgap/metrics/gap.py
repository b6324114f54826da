"""The size of the gap: L2M, L2I and RMG.

Sources: Liang et al., Mind the Gap (NeurIPS 2022), section 2; Schrodi et al., Two Effects, One
Trigger (ICLR 2025), section 3. Embeddings are made unit length first; the dissimilarity of two is
d(u, v) = (1 − cos(u, v)) / 2. No N × N matrix is built: the sum of all cosines of a cloud, each
with itself left out, is ‖Σ x_i‖² − N.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.metrics.checks import check_pairs, embedding_pair
from modgap.metrics.pairs import paired_sums, read_pairs
from modgap.metrics.rows import unit_sum, weighted_distances


@dataclass(frozen=True)
class Gap:
    """The gap of one pair of clouds and the means it is made of.

    Attributes
    ----------
    l2m : float
        Distance of the centres, in [0, 2].
    rmg : float
        Relative modality gap, in [0, 1].
    cosine_pairs, cosine_non_pairs : float
        Mean cosine of matching and of all other image–text pairs, in [−1, 1].
    intra_image, intra_text : float
        Mean dissimilarity (1 − cos) / 2 of two different items of one modality, in [0, 1].
    """

    l2m: float
    rmg: float
    cosine_pairs: float
    cosine_non_pairs: float
    intra_image: float
    intra_text: float

    @property
    def cosine_shift(self) -> float:
        """Mean cosine of different items of one modality less that of non-matching ones of two."""
        return 1 - self.intra_image - self.intra_text - self.cosine_non_pairs


def gap(images: Any, texts: Any, pairs: Any = None) -> Gap:
    """L2M, RMG and their parts, from one reading of each cloud.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.
    pairs
        (P, 2) of image row and text row; by default row i matches row i.

    Returns
    -------
    Gap

    Raises
    ------
    InputError
        As `rmg`.

    References
    ----------
    As `l2m` and `rmg`.

    Examples
    --------
    >>> parts = gap([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
    >>> parts.rmg, parts.l2m, parts.cosine_non_pairs
    (0.5, 0.0, 1.0)
    """
    images, texts = embedding_pair(images, texts)
    rows = check_pairs(pairs, len(images), len(texts))
    if pairs is None:
        sum_image, sum_text, cosines = paired_sums(images, texts)
    else:
        sum_image, sum_text, (cosines,) = read_pairs(images, texts, rows)
    return gap_of(sum_image, sum_text, cosines, len(images), len(texts))


def gap_of(sum_image: np.ndarray, sum_text: np.ndarray, cosines: np.ndarray, n: int, m: int) -> Gap:
    """`gap` from the sums of `n` unit images and `m` unit texts and the cosine of each pair."""
    others = n * m - len(cosines)
    total = float(cosines.sum())
    pair_mean = total / len(cosines)
    between = (1 - pair_mean) / 2
    intra_image, intra_text = _intra(sum_image, n), _intra(sum_text, m)
    return Gap(
        l2m=float(np.linalg.norm(sum_image / n - sum_text / m)),
        rmg=_ratio(between, (intra_image + intra_text) / 2),
        cosine_pairs=pair_mean,
        cosine_non_pairs=(float(sum_image @ sum_text) - total) / others if others else float("nan"),
        intra_image=intra_image,
        intra_text=intra_text,
    )


def l2m(images: Any, texts: Any) -> float:
    """Distance of the two centres, ‖mean x_i − mean y_i‖₂.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.

    Returns
    -------
    float
        In [0, 2]; 0 when the centres agree, whatever the shapes.

    Raises
    ------
    InputError
        Naming the argument and row: a row that is not finite or is zero, a single row, unequal
        dimensions.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), section 2.2.

    Examples
    --------
    >>> l2m([[1.0, 0.0], [2.0, 0.0]], [[0.0, 3.0], [0.0, 1.0]])
    1.4142135623730951
    """
    images, texts = embedding_pair(images, texts)
    sum_x, sum_y = unit_sum(images, "images"), unit_sum(texts, "texts")
    return float(np.linalg.norm(sum_x / len(images) - sum_y / len(texts)))


def l2i(images: Any, texts: Any, pairs: Any = None) -> float:
    """Mean distance of matching items, mean ‖x_i − y_i‖₂.

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
        In [0, 2].

    Raises
    ------
    InputError
        As `rmg`.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), section 3.

    Examples
    --------
    >>> l2i([[1.0, 0.0], [0.0, 1.0]], [[-2.0, 0.0], [0.0, 5.0]])
    1.0
    """
    images, texts = embedding_pair(images, texts)
    rows = check_pairs(pairs, len(images), len(texts))
    _, _, (distances,) = read_pairs(images, texts, rows, (weighted_distances,))
    return float(distances.mean())


def rmg(images: Any, texts: Any, pairs: Any = None) -> float:
    """Relative modality gap A / (A + B).

    With d(u, v) = (1 − cos(u, v)) / 2, A is the mean d over matching pairs; B the average of the
    two mean d of different items within one modality, each over its own items.

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
        In [0, 1]: 0 when pairs coincide, 0.5 when matching pairs are as far apart as random items
        of one modality, 1 when both clouds have collapsed to different points; NaN when all
        embeddings are one point.

    Raises
    ------
    InputError
        Naming the argument and row: a row that is not finite or is zero, a single row, unequal
        dimensions, a pair out of range.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), section 3.

    Examples
    --------
    >>> rmg([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
    0.5
    """
    return gap(images, texts, pairs).rmg


def cosine_shift(images: Any, texts: Any, pairs: Any = None) -> float:
    """By how much cosines fall when the other item is of the other modality.

    The mean cosine of different items of one modality, averaged over the two, less that of image
    and text that do not match: what a similarity threshold set within one modality is off by in the
    other. With many items it is L2M² / 2.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d); rows are made unit length.
    pairs
        (P, 2) of image row and text row; by default row i matches row i.

    Returns
    -------
    float
        In [−2, 2]; about 0 without a gap; NaN where every image matches every text.

    Raises
    ------
    InputError
        As `rmg`.

    References
    ----------
    Ours; the clouds' cosines are compared in Liang et al., Mind the Gap (NeurIPS 2022), section 2.

    Examples
    --------
    >>> cosine_shift([[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]])
    1.0
    """
    return gap(images, texts, pairs).cosine_shift


def rmg_variants(images: Any, texts: Any, pairs: Any = None) -> dict[str, float]:
    """What other code prints as RMG, to see which number a paper used.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.
    pairs
        (P, 2) of image row and text row; by default row i matches row i.

    Returns
    -------
    dict
        `official` is `rmg`. `diagonal_kept`: each item's zero dissimilarity to itself stays in B.
        `unscaled_numerator`: A is the mean of 1 − cos, B of (1 − cos) / 2 (the same number results
        if B is halved instead). `unscaled_numerator_halved_intra`: both at once.

    Raises
    ------
    InputError
        As `rmg`.

    Examples
    --------
    >>> variants = rmg_variants([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
    >>> [round(value, 4) for value in variants.values()]
    [0.5, 0.6667, 0.6667, 0.8]
    """
    parts = gap(images, texts, pairs)
    n, m = len(images), len(texts)
    a = (1 - parts.cosine_pairs) / 2
    b = (parts.intra_image + parts.intra_text) / 2
    kept = (parts.intra_image * (n - 1) / n + parts.intra_text * (m - 1) / m) / 2
    return {
        "official": parts.rmg,
        "diagonal_kept": _ratio(a, kept),
        "unscaled_numerator": _ratio(2 * a, b),
        "unscaled_numerator_halved_intra": _ratio(2 * a, b / 2),
    }


def _ratio(between: float, intra: float) -> float:
    between, intra = max(between, 0.0), max(intra, 0.0)
    # Below this both are rounding errors of zero, and so is their ratio.
    return between / (between + intra) if between + intra > 1e-12 else float("nan")


def _intra(total: np.ndarray, n: int) -> float:
    return float((1 - (total @ total - n) / (n * (n - 1))) / 2)
