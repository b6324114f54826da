"""Rows made unit length, block by block: nothing here copies a whole cloud but `unit_rows`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.checks import UnitRows, is_tensor
from modgap.runtime.threads import thread_count

# A block of rows stays in the cache, a block that is converted to float64 in the faster one. The
# number of segments is fixed so that a sum comes out the same on any number of cores.
_BLOCK_BYTES = 4 * 2**20
_COPY_BYTES = 2**19
_SEGMENTS = 8
# Up to this many numbers everything is float64; beyond, float32 blocks are added up in float64.
_WIDE = 2**22


def unit_rows(x: Any, name: str) -> Any:
    """The rows of `x` divided by their length, in float32, on the device `x` is on.

    Raises `InputError` naming the first row that is not finite or is all zeros.
    """
    if isinstance(x, UnitRows):
        return x.vectors
    if is_tensor(x):
        return _unit_tensor(x, name)
    unit = np.empty(x.shape, np.float32)

    def block(part: slice) -> tuple:
        rows, weights = _unit_block(x[part], name, part, np.float64)
        np.multiply(rows, weights[:, None], out=unit[part], casting="same_kind")
        return ()

    add_up(len(x), x.shape[1], np.float64, block)
    return unit


def _unit_tensor(x: Any, name: str) -> Any:
    wide = x.double()
    length = wide.norm(dim=1, keepdim=True)
    _refuse_bad(length.ravel().cpu().numpy() ** 2, name, slice(0, len(x)))
    return (wide / length).float()


def as_unit(vectors: np.ndarray, name: str) -> UnitRows:
    """Rows that are float32 and unit length already, for metrics to take as they are."""
    weights = np.empty(len(vectors))

    def block(part: slice) -> tuple:
        _, weights[part] = _unit_block(vectors[part], name, part, np.float64)
        return ()

    add_up(len(vectors), vectors.shape[1], np.float64, block)
    return UnitRows(vectors, weights)


def precision(*clouds: Any) -> type:
    """The type that sums over rows of these clouds are worked out in."""
    return np.float64 if max(len(x) * x.shape[1] for x in clouds) <= _WIDE else np.float32


def unit_block(x: Any, name: str, rows: slice, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """The given rows of `x` on the host, and what to multiply them by to make them unit length."""
    if isinstance(x, UnitRows):
        return x.vectors[rows].astype(dtype, copy=False), x.weights[rows].astype(dtype)
    return _unit_block(_host(x[rows]), name, rows, dtype)


def unit_gather(x: Any, name: str, rows: np.ndarray | slice) -> np.ndarray:
    """The given rows of `x`, unit length, float64."""
    if isinstance(x, UnitRows):
        block, weight = x.vectors[rows].astype(np.float64), x.weights[rows]
    else:
        block, weight = _unit_block(_host(x[rows]), name, rows, np.float64)
    return block * weight[:, None]


def host_rows(x: Any, rows: np.ndarray, dtype: Any) -> np.ndarray:
    """The given rows of `x` on the host, as they are."""
    x = x.vectors if isinstance(x, UnitRows) else x
    return _host(take(x, rows)).astype(dtype, copy=False)


def take(x: Any, rows: np.ndarray) -> Any:
    """The given rows of `x`: a view where they follow each other, and a copy only where not."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return x[int(rows[0]) : int(rows[-1]) + 1]
    return x[rows]


def weighted_dots(
    a: np.ndarray, b: np.ndarray, weights_a: np.ndarray, weights_b: np.ndarray
) -> np.ndarray:
    """The cosines of row i of `a` and of `b`, float64, from rows and their `unit_block` weights."""
    # Rows this long or short could take a float32 product out of its range.
    if any(weights.max() > 1e15 or weights.min() < 1e-15 for weights in (weights_a, weights_b)):
        a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    dots = np.vecdot(a, b).astype(np.float64, copy=False)
    return dots * weights_a.astype(np.float64) * weights_b.astype(np.float64)


def weighted_distances(
    a: np.ndarray, b: np.ndarray, weights_a: np.ndarray, weights_b: np.ndarray
) -> np.ndarray:
    """The distances of unit row i of `a` and of `b`, in float64: equal rows are at 0."""
    distances, ratio = np.empty(len(a)), weights_b.astype(np.float64) / weights_a
    step = _step(a.shape[1], np.float64)
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        difference = b[part].astype(np.float64)
        difference *= ratio[part, None]
        np.subtract(a[part], difference, out=difference)
        distances[part] = np.sqrt(np.vecdot(difference, difference))
    return distances * weights_a


def _unit_block(
    block: Any, name: str, rows: slice | np.ndarray, dtype: Any
) -> tuple[np.ndarray, np.ndarray]:
    block = block.astype(dtype, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(block, block)
    smallest = 1e-30 if dtype == np.float32 else 0.0
    if not (np.isfinite(squares).all() and (squares > smallest).all()):
        # A float32 square may over- or underflow where the row itself is fine.
        block = block.astype(np.float64, copy=False)
        squares = np.vecdot(block, block)
        _refuse_bad(squares, name, rows)
    return block, 1 / np.sqrt(squares)


def _refuse_bad(squares: np.ndarray, name: str, rows: slice | np.ndarray) -> None:
    """Raise `InputError` for a row without a direction; `rows` says which rows these are."""
    for bad, what in ((~np.isfinite(squares), "is not finite"), (squares == 0, "is all zeros")):
        if bad.any():
            place = int(np.flatnonzero(bad)[0])
            row = int(rows[place]) if isinstance(rows, np.ndarray) else rows.start + place
            raise InputError(
                f"{name}: row {row} {what}; it has no direction. Drop the item or embed it again"
            )


def _host(block: Any) -> np.ndarray:
    return block.float().cpu().numpy() if is_tensor(block) else np.asarray(block)


def _step(dimensions: int, dtype: Any) -> int:
    """Rows of a block of this type."""
    if dtype == np.float64:
        return max(1, _COPY_BYTES // (8 * dimensions))
    return max(1, _BLOCK_BYTES // (4 * dimensions))


def add_up(rows: int, dimensions: int, dtype: Any, work: Callable[[slice], tuple]) -> list:
    """Sum, in float64, of the tuples that `work(slice)` returns over blocks of `rows` rows.

    Blocks are of a size that suits `dtype`; as many threads as the job may use work on them.
    """
    step = _step(dimensions, dtype)
    segments = min(_SEGMENTS, -(-rows // step))
    bounds = np.linspace(0, rows, segments + 1).astype(int)

    def segment(number: int) -> list:
        total = None
        for start in range(bounds[number], bounds[number + 1], step):
            part = work(slice(start, min(start + step, int(bounds[number + 1]))))
            part = [np.asarray(value, np.float64) for value in part]
            total = part if total is None else [a + b for a, b in zip(total, part, strict=True)]
        return total

    workers = min(segments, thread_count())
    if workers > 1:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(segment, range(segments)))
    else:
        parts = [segment(number) for number in range(segments)]
    return [sum(values) for values in zip(*parts, strict=True)]


def unit_sum(x: Any, name: str) -> np.ndarray:
    """Sum of the unit rows of `x`, (d,) float64."""
    return unit_sum_and_weights(x, name)[0]


def unit_sum_and_weights(x: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the unit rows of `x`, (d,), and what makes each row unit, (n,): one reading."""
    weights, dtype = np.empty(len(x)), precision(x)

    def block(rows: slice) -> tuple:
        vectors, weights[rows] = unit_block(x, name, rows, dtype)
        return (np.einsum("i,ij->j", weights[rows].astype(vectors.dtype), vectors),)

    return add_up(len(x), x.shape[1], dtype, block)[0], weights
