"""The size of the gap: L2M, L2I and RMG.

Sources: Liang et al., Mind the Gap (NeurIPS 2022), section 2; Schrodi et al., Two Effects, One
Trigger (ICLR 2025), section 3. Embeddings are made unit length first; the dissimilarity of two is
d(u, v) = (1 − cos(u, v)) / 2. No N × N matrix is built: the sum of all cosines of a cloud, each
with itself left out, is ‖Σ x_i‖² − N.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.metrics.checks import check_pairs, embedding_pair
from modgap.metrics.rows import (
    add_up,
    host_rows,
    precision,
    take,
    unit_block,
    unit_sum,
    unit_sum_and_weights,
    weighted_distances,
    weighted_dots,
)


@dataclass(frozen=True)
class Gap:
    """The gap of one pair of clouds and the means it is made of.

    `l2m` in [0, 2]; `rmg` in [0, 1]; `cosine_pairs` and `cosine_non_pairs`, the mean cosine of
    matching and of all other image–text pairs; `intra_image` and `intra_text`, the mean
    dissimilarity d of two different items of one modality, in [0, 1].
    """

    l2m: float
    rmg: float
    cosine_pairs: float
    cosine_non_pairs: float
    intra_image: float
    intra_text: float


def gap(images: Any, texts: Any, pairs: Any = None) -> Gap:
    """L2M, RMG and their parts, from one reading of both clouds if row i matches row i.

    `images` (N, d), `texts` (M, d): NumPy or torch; `pairs` (P, 2): image row, text row, by default
    row i with row i. Raises `InputError` for input that `rmg` refuses.
    """
    images, texts = embedding_pair(images, texts)
    rows = check_pairs(pairs, len(images), len(texts))
    if pairs is None:
        sum_image, sum_text, cosines = _paired_sums(images, texts)
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


def read_pairs(
    images: Any, texts: Any, pairs: np.ndarray, measures: tuple[Callable, ...] = (weighted_dots,)
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Sum of the unit images and of the unit texts, (d,), and measures of each pair, (P,) each.

    Each cloud is read once, in order; rows of the smaller one are looked up again for their pairs.
    `pairs` are checked rows; a measure takes rows and weights as `weighted_dots` does.
    """
    sides = [(images, "images", pairs[:, 0]), (texts, "texts", pairs[:, 1])]
    (few, few_name, mates), (many, name, own) = sorted(sides, key=lambda side: len(side[0]))
    order = slice(None) if (np.diff(own) >= 0).all() else np.argsort(own, kind="stable")
    mates, own = mates[order], own[order]
    sum_few, few_weights = unit_sum_and_weights(few, few_name)
    dtype, in_order = precision(many), np.empty((len(measures), len(pairs)))

    def block(part: slice) -> tuple:
        rows, weights = unit_block(many, name, part, dtype)
        first, last = np.searchsorted(own, (part.start, part.stop))
        if last > first:
            here, there = own[first:last] - part.start, mates[first:last]
            arguments = (
                take(rows, here),
                host_rows(few, there, rows.dtype),
                take(weights, here),
                few_weights[there],
            )
            for values, measure in zip(in_order, measures, strict=True):
                values[first:last] = measure(*arguments)
        return (np.einsum("i,ij->j", weights, rows),)

    sum_many = add_up(len(many), many.shape[1], dtype, block)[0]
    values = np.empty_like(in_order)
    values[:, order] = in_order
    sums = (sum_few, sum_many) if few is images else (sum_many, sum_few)
    return *sums, list(values)


def _paired_sums(images: Any, texts: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`read_pairs` of row i with row i: neither cloud is looked at twice."""
    dtype, cosines = precision(images, texts), np.empty(len(images))

    def block(part: slice) -> tuple:
        x, weights_x = unit_block(images, "images", part, dtype)
        y, weights_y = unit_block(texts, "texts", part, dtype)
        cosines[part] = weighted_dots(x, y, weights_x, weights_y)
        return np.einsum("i,ij->j", weights_x, x), np.einsum("i,ij->j", weights_y, y)

    return *add_up(len(images), images.shape[1], dtype, block), cosines


def l2m(images: Any, texts: Any) -> float:
    """Distance of the two centres, ‖mean x_i − mean y_i‖₂ (Mind the Gap, section 2.2).

    `images` (N, d), `texts` (M, d), unit length or not: they are normalised. In [0, 2]; 0 when the
    centres agree, whatever the shapes. Raises `InputError`, naming the argument and row, for a row
    that is not finite or zero, a single row, or unequal dimensions.

    >>> l2m([[1.0, 0.0], [2.0, 0.0]], [[0.0, 3.0], [0.0, 1.0]])
    1.4142135623730951
    """
    images, texts = embedding_pair(images, texts)
    sum_x, sum_y = unit_sum(images, "images"), unit_sum(texts, "texts")
    return float(np.linalg.norm(sum_x / len(images) - sum_y / len(texts)))


def l2i(images: Any, texts: Any, pairs: Any = None) -> float:
    """Mean distance of matching items, mean ‖x_i − y_i‖₂ (Two Effects, section 3).

    Arguments and `InputError` as `rmg`. In [0, 2].

    >>> l2i([[1.0, 0.0], [0.0, 1.0]], [[-2.0, 0.0], [0.0, 5.0]])
    1.0
    """
    images, texts = embedding_pair(images, texts)
    rows = check_pairs(pairs, len(images), len(texts))
    _, _, (distances,) = read_pairs(images, texts, rows, (weighted_distances,))
    return float(distances.mean())


def rmg(images: Any, texts: Any, pairs: Any = None) -> float:
    """Relative modality gap A / (A + B) (Two Effects, section 3).

    A is the mean d over matching pairs; B the average of the two mean d of different items within
    one modality, each over its own items. In [0, 1]: 0 when pairs coincide, 0.5 when matching pairs
    are as far apart as random items of one modality, 1 when both clouds have collapsed to different
    points; NaN when all embeddings are one point.

    `images` (N, d), `texts` (M, d), `pairs` (P, 2) of image row and text row (default: row i with
    row i). Raises `InputError`, naming the argument and row, for a row that is not finite or zero,
    a single row, unequal dimensions, or a pair out of range.

    >>> rmg([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
    0.5
    """
    return gap(images, texts, pairs).rmg


def rmg_variants(images: Any, texts: Any, pairs: Any = None) -> dict[str, float]:
    """What other code prints as RMG, to see which number a paper used; `official` is `rmg`.

    `diagonal_kept`: each item's zero dissimilarity to itself stays in B. `unscaled_numerator`: A is
    the mean of 1 − cos, B of (1 − cos) / 2 (the same number results if B is halved instead).
    `unscaled_numerator_halved_intra`: both at once.

    >>> variants = rmg_variants([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
    >>> {name: round(value, 4) for name, value in variants.items()}
    {'official': 0.5, 'diagonal_kept': 0.6667, 'unscaled_numerator': 0.6667, \
'unscaled_numerator_halved_intra': 0.8}
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


def pair_cosines(images: Any, texts: Any, pairs: np.ndarray) -> np.ndarray:
    """The cosine of each pair (checked rows), (P,) float64."""
    return read_pairs(images, texts, pairs)[2][0]


def _ratio(between: float, intra: float) -> float:
    between, intra = max(between, 0.0), max(intra, 0.0)
    # Below this both are rounding errors of zero, and so is their ratio.
    return between / (between + intra) if between + intra > 1e-12 else float("nan")


def _intra(total: np.ndarray, n: int) -> float:
    return float((1 - (total @ total - n) / (n * (n - 1))) / 2)
