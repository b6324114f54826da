"""Matching items of two clouds, from one reading of each."""

from collections.abc import Callable
from typing import Any

import numpy as np

from modgap.metrics.rows import (
    add_up,
    host_rows,
    precision,
    take,
    unit_block,
    unit_sum_and_weights,
    weighted_dots,
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


def paired_sums(images: Any, texts: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums and cosines of row i with row i: neither cloud is looked at twice."""
    dtype, cosines = precision(images, texts), np.empty(len(images))

    def block(part: slice) -> tuple:
        x, weights_x = unit_block(images, "images", part, dtype)
        y, weights_y = unit_block(texts, "texts", part, dtype)
        cosines[part] = weighted_dots(x, y, weights_x, weights_y)
        return np.einsum("i,ij->j", weights_x, x), np.einsum("i,ij->j", weights_y, y)

    return *add_up(len(images), images.shape[1], dtype, block), cosines


def pair_cosines(images: Any, texts: Any, pairs: np.ndarray) -> np.ndarray:
    """The cosine of each pair (checked rows), (P,) float64."""
    return read_pairs(images, texts, pairs)[2][0]
