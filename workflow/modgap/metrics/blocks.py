"""Similarity matrices in blocks, on the CPU with NumPy or on the device of a torch tensor.

The operations differ little between the two; what differs is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from modgap.metrics.checks import is_tensor
from modgap.runtime.progress import Progress

# Memory for one block of similarities and what is worked out from it, in bytes.
BUDGET = 128 * 2**20
# Columns are counted in single bytes, which hold a count of at most 255 rows.
_BYTE_ROWS = 255
# A row this short costs less to add up, in two bytes, than to hand to numpy on its own.
_NARROW = 2**14


def namespace(x: Any) -> ModuleType:
    """The library `x` belongs to: numpy or torch."""
    if is_tensor(x):
        import torch

        return torch
    return np


def to_numpy(x: Any) -> np.ndarray:
    """`x` as a NumPy array on the host."""
    return x.cpu().numpy() if is_tensor(x) else np.asarray(x)


def like(values: np.ndarray, x: Any) -> Any:
    """`values` where `x` lives."""
    return namespace(x).asarray(values, device=x.device) if is_tensor(x) else values


def row_step(columns: int, budget: int, per_value: int = 5) -> int:
    """Rows of a block of `columns` values of `per_value` bytes each within `budget` bytes."""
    return max(1, budget // (per_value * max(columns, 1)))


def similarity_blocks(
    queries: Any, items: Any, budget: int = BUDGET, per_value: int = 5
) -> Iterator[tuple[int, int, Any]]:
    """Yield (start, stop, cosines of queries start…stop with all items) of unit rows, float32.

    A block is overwritten by the next one. `per_value` is what one similarity costs with all that
    the caller derives from it; blocks hold at least one row, so very many items can exceed
    `budget`. A loop of many seconds logs its progress.
    """
    xp = namespace(queries)
    step = min(row_step(len(items), budget, per_value), len(queries))
    room = like(np.empty((step, len(items)), np.float32), queries)
    progress = Progress(len(queries), "rows of similarities", brief=False)
    with _full_precision(queries):
        for start in range(0, len(queries), step):
            stop = min(start + step, len(queries))
            block = room[: stop - start]
            xp.matmul(queries[start:stop], items.T, out=block)
            yield start, stop, block
            progress.add(stop - start)


@contextmanager
def _full_precision(x: Any) -> Iterator[None]:
    """No TF32 on a GPU: it keeps three digits, and ties are told apart by six."""
    if not is_tensor(x):
        yield
        return
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def count_rows(mask: Any) -> np.ndarray:
    """How many are true in each row."""
    if is_tensor(mask):
        return to_numpy(mask.sum(1))
    if mask.shape[1] < _NARROW:
        return np.add.reduce(mask.view(np.uint8), axis=1, dtype=np.uint16).astype(np.int64)
    return np.fromiter((np.count_nonzero(row) for row in mask), np.int64, len(mask))


def count_columns(mask: Any) -> np.ndarray:
    """How many are true in each column."""
    if is_tensor(mask):
        return to_numpy(mask.sum(0))
    total = np.zeros(mask.shape[1], np.int64)
    for start in range(0, len(mask), _BYTE_ROWS):
        part = mask[start : start + _BYTE_ROWS].view(np.uint8)
        total += np.add.reduce(part, axis=0, dtype=np.uint8)
    return total
