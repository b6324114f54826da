"""Rows made unit length, block by block: nothing here copies a whole cloud but `unit_rows`."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.checks import is_tensor

# A block of rows stays in the cache; the number of segments is fixed so that a sum comes out the
# same on any number of cores.
_BLOCK_BYTES = 4 * 2**20
_SEGMENTS = 8
# Up to this many numbers everything is float64; beyond, float32 blocks are added up in float64.
_WIDE = 2**22


def unit_rows(x: Any, name: str) -> Any:
    """The rows of `x` divided by their length, in float32, on the device `x` is on.

    Raises `InputError` naming the first row that is not finite or is all zeros.
    """
    if is_tensor(x):
        return _unit_tensor(x, name)
    unit = np.empty(x.shape, np.float32)
    step = _block_rows(x)
    for start in range(0, len(x), step):
        block, weight = _unit_block(x[start : start + step], name, start, np.float64)
        np.multiply(block, weight[:, None], out=unit[start : start + step], casting="same_kind")
    return unit


def _unit_tensor(x: Any, name: str) -> Any:
    wide = x.double()
    length = wide.norm(dim=1, keepdim=True)
    _refuse_bad(length.ravel().cpu().numpy() ** 2, name, 0)
    return (wide / length).float()


def unit_block(x: Any, name: str, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows `start`…`stop` of `x` on the host, and what to multiply them by to make them unit."""
    dtype = np.float64 if x.shape[0] * x.shape[1] <= _WIDE else np.float32
    return _unit_block(_host(x[start:stop]), name, start, dtype)


def unit_gather(x: Any, name: str, rows: np.ndarray | slice) -> np.ndarray:
    """The given rows of `x` (already seen to be finite), unit length, float64."""
    block, weight = _unit_block(_host(x[rows]), name, 0, np.float64)
    return block * weight[:, None]


def unit_weights(x: Any, name: str) -> np.ndarray:
    """What to multiply each row of `x` by to make it unit length, (n,) float64."""
    step = _block_rows(x)
    weights = np.empty(len(x))
    for start in range(0, len(x), step):
        _, weights[start : start + step] = unit_block(x, name, start, start + step)
    return weights


def row_dots(x: Any, y: Any, pairs: np.ndarray, weights: tuple) -> np.ndarray:
    """Dot product of row `pairs[p, 0]` of `x` and row `pairs[p, 1]` of `y`, (P,) float64."""
    dots, step = np.empty(len(pairs)), _block_rows(x)
    # Rows this long or short could take a float32 product out of its range.
    extreme = any(weight.max() > 1e15 or weight.min() < 1e-15 for weight in weights)
    wide = extreme or max(len(x), len(y)) * x.shape[1] <= _WIDE
    dtype = np.float64 if wide else np.float32
    for start in range(0, len(pairs), step):
        left, right = pairs[start : start + step].T
        a, b = (
            _host(cloud[rows]).astype(dtype, copy=False) for cloud, rows in ((x, left), (y, right))
        )
        dots[start : start + step] = np.vecdot(a, b)
    return dots


def _unit_block(block: Any, name: str, start: int, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    block = block.astype(dtype, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(block, block)
    smallest = 1e-30 if dtype == np.float32 else 0.0
    if not (np.isfinite(squares).all() and (squares > smallest).all()):
        # A float32 square may over- or underflow where the row itself is fine.
        block = block.astype(np.float64, copy=False)
        squares = np.vecdot(block, block)
        _refuse_bad(squares, name, start)
    return block, 1 / np.sqrt(squares)


def _refuse_bad(squares: np.ndarray, name: str, start: int) -> None:
    for bad, what in ((~np.isfinite(squares), "is not finite"), (squares == 0, "is all zeros")):
        if bad.any():
            raise InputError(
                f"{name}: row {start + int(np.flatnonzero(bad)[0])} {what}; it has no direction. "
                "Drop the item or embed it again"
            )


def _host(block: Any) -> np.ndarray:
    return block.float().cpu().numpy() if is_tensor(block) else np.asarray(block)


def _block_rows(x: Any) -> int:
    return max(1, _BLOCK_BYTES // (4 * x.shape[1]))


def add_up(x: Any, work: Callable[[int, int], tuple]) -> list:
    """Sum of the tuples that `work(start, stop)` returns over blocks of rows of `x`, in float64."""
    step = _block_rows(x)
    segments = min(_SEGMENTS, -(-len(x) // step))
    bounds = np.linspace(0, len(x), segments + 1).astype(int)

    def segment(number: int) -> list:
        total = None
        for start in range(bounds[number], bounds[number + 1], step):
            part = work(start, min(start + step, bounds[number + 1]))
            part = [np.asarray(value, np.float64) for value in part]
            total = part if total is None else [a + b for a, b in zip(total, part, strict=True)]
        return total

    workers = min(segments, len(os.sched_getaffinity(0)))
    if workers > 1:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(segment, range(segments)))
    else:
        parts = [segment(number) for number in range(segments)]
    return [sum(values) for values in zip(*parts, strict=True)]


def unit_sum(x: Any, name: str) -> np.ndarray:
    """Sum of the unit rows of `x`, (d,) float64."""

    def block(start: int, stop: int) -> tuple:
        rows, weight = unit_block(x, name, start, stop)
        return (np.einsum("i,ij->j", weight, rows),)

    return add_up(x, block)[0]
