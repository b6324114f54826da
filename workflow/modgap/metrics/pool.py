"""Several matching clouds in one index: what comes before the right items, also after centring.

Row i of every cloud is the same item. All similarities are worked out once, in blocks, each for
both directions; those after each cloud is centred on its mean follow from the same block.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations_with_replacement
from queue import SimpleQueue

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import count_columns, count_rows
from modgap.metrics.checks import TIE, embeddings
from modgap.metrics.rows import unit_rows
from modgap.runtime.threads import thread_count

# Queries of a block: enough for a fast product.
_STEP = 256


@dataclass(frozen=True)
class PoolRanks:
    """Where the right items stand, for each query of each cloud.

    Attributes
    ----------
    wrong : numpy.ndarray
        (C, C, C, n) int64. `wrong[q, t, c, i]`: how many wrong items of cloud c are at least as
        similar (within 1e-6) to item i of cloud q as item i of cloud t is; 0 where t is q.
    cosines : numpy.ndarray
        (C, C, n) float64, of item i of cloud q and of cloud t.
    """

    wrong: np.ndarray
    cosines: np.ndarray

    def ranks(self, query: int, target: int) -> np.ndarray:
        """(n,) rank of the target cloud's item among the items of that cloud alone, from 1."""
        return 1 + self.wrong[query, target, target]

    def pool_ranks(self, query: int, target: int) -> np.ndarray:
        """(n,) rank of the target cloud's item among all items of all clouds, from 1.

        Right items of other clouds do not count as before it.
        """
        return 1 + self.wrong[query, target].sum(axis=0)

    def ndcg(self, query: int, k: int = 10) -> np.ndarray:
        """(n,) NDCG@k of a cloud's queries: the same item of the other clouds is relevant."""
        targets = [t for t in range(len(self.wrong)) if t != query]
        order = np.argsort(-self.cosines[query, targets], axis=0, kind="stable")
        ahead = np.stack([self.wrong[query, t].sum(axis=0) for t in targets])
        # The best of the right items has none of them before it, the second one, and so on.
        places = np.take_along_axis(ahead, order, 0) + np.arange(len(targets))[:, None]
        gains = np.where(places < k, 1 / np.log2(places + 2), 0.0).sum(axis=0)
        return gains / (1 / np.log2(np.arange(min(len(targets), k)) + 2)).sum()


def pool_ranks(clouds: Sequence[np.ndarray]) -> PoolRanks:
    """Ranks of matching items in one index of all clouds.

    Parameters
    ----------
    clouds
        Two or more of (n, d), row i of each being the same item; rows are made unit length.

    Returns
    -------
    PoolRanks
        Ties count against the right item, as in `recall_at_k`.

    Raises
    ------
    InputError
        For one cloud alone, clouds of different shapes, and rows that are not finite or are zero.

    Examples
    --------
    >>> ranks = pool_ranks([[[1.0, 0.0], [0.8, 0.6]], [[0.0, 1.0], [-0.6, 0.8]]])
    >>> ranks.pool_ranks(0, 1).tolist(), ranks.ranks(0, 1).tolist()
    ([2, 3], [1, 2])
    """
    return _ranks(_same_shape(clouds), None)[0]


def centred_pool_ranks(
    clouds: Sequence[np.ndarray], names: Sequence[str] | None = None
) -> tuple[PoolRanks, PoolRanks]:
    """`pool_ranks` as the clouds are and after each is centred on its own mean, in one pass.

    Parameters
    ----------
    clouds
        As `pool_ranks`; rows are made unit length again after centring.
    names
        What errors call the clouds; "cloud 0" and so on by default.

    Returns
    -------
    tuple of PoolRanks
        Before and after centring.

    Raises
    ------
    InputError
        As `pool_ranks`, and for a row that becomes zero by centring.

    Examples
    --------
    >>> images, texts = [[1.0, 0.0], [0.8, 0.6]], [[-0.6, -0.8], [-0.8, 0.6]]
    >>> before, after = centred_pool_ranks([images, texts])
    >>> before.pool_ranks(0, 1).tolist(), after.pool_ranks(0, 1).tolist()
    ([2, 2], [1, 1])
    """
    units = _same_shape(clouds)
    names = names or [f"cloud {number}" for number in range(len(units))]
    before, after = _ranks(units, _centring(units, names))
    return before, after


@dataclass(frozen=True)
class _Centring:
    """What centring does to cosines: (cosine − along[a, b, i] − along[b, a, j]) · weights.

    `along` (C, C, n) is row i of cloud a along the mean of cloud b, less half the product of the
    two means; `weights` (C, n) make centred rows unit length.
    """

    along: np.ndarray
    weights: np.ndarray


def _ranks(units: list[np.ndarray], centring: _Centring | None) -> list[PoolRanks]:
    n, count = len(units[0]), len(units)
    cosines = [np.array([[_dots(x, y) for y in units] for x in units])]
    if centring is not None:
        along, weights = centring.along, centring.weights
        moved = cosines[0] - along - along.swapaxes(0, 1)
        cosines.append(moved * weights[:, None] * weights[None])
    results = [PoolRanks(np.zeros((count, count, count, n), np.int64), c) for c in cosines]
    for (q, c, part), counts in _counts(units, centring, cosines):
        for result, (by_row, by_column) in zip(results, counts, strict=True):
            for t, ahead in by_row.items():
                result.wrong[q, t, c, part] += ahead
            for t, ahead in by_column.items():
                result.wrong[c, t, q, n - len(ahead) :] += ahead
    return results


def _same_shape(clouds: Sequence[np.ndarray]) -> list[np.ndarray]:
    if len(clouds) < 2:
        raise InputError(f"{len(clouds)} cloud, expected two or more")
    units = [unit_rows(embeddings(x, f"cloud {n}"), f"cloud {n}") for n, x in enumerate(clouds)]
    shapes = [unit.shape for unit in units]
    if len(set(shapes)) > 1:
        raise InputError(
            f"clouds of shapes {shapes}; expected the same items and dimensions in all"
        )
    return units


def _centring(units: list[np.ndarray], names: Sequence[str]) -> _Centring:
    means = np.stack([unit.mean(axis=0, dtype=np.float64) for unit in units])
    products = means @ means.T
    along, weights = [], []
    for number, (unit, name) in enumerate(zip(units, names, strict=True)):
        wide = unit.astype(np.float64)
        along.append((wide @ means.T - products[number] / 2).T)
        wide -= means[number]
        lengths = np.sqrt(np.vecdot(wide, wide))
        zero = np.flatnonzero(lengths < 1e-6)  # float32 unit rows are no finer
        if len(zero):
            raise InputError(
                f"{name}: row {zero[0]} is its mean: centring makes it zero; {len(zero)} such "
                "rows. Drop these items"
            )
        weights.append(1 / lengths)
    return _Centring(np.stack(along), np.stack(weights))


def _dots(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", x, y, dtype=np.float64)


def _counts(units: list, centring: _Centring | None, cosines: list[np.ndarray]) -> Iterator[tuple]:
    """What each block of two clouds tells of the queries of both, from each thread."""
    from threadpoolctl import threadpool_limits

    n, workers = len(units[0]), thread_count()
    pairs = combinations_with_replacement(range(len(units)), 2)
    starts = range(0, n, _STEP)
    tasks = [(q, c, slice(start, min(start + _STEP, n))) for q, c in pairs for start in starts]
    least = [(values - TIE).astype(np.float32) for values in cosines]
    # Room for a block and its mask, used again and again: fresh memory costs as much as counting.
    rooms: SimpleQueue = SimpleQueue()
    for _ in range(workers):
        rooms.put((np.empty(_STEP * n, np.float32), np.empty(_STEP * n, bool)))

    def work(task: tuple) -> tuple:
        room = rooms.get()
        try:
            return task, _block_counts(task, units, centring, least, room)
        finally:
            rooms.put(room)

    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        yield from pool.map(work, tasks)


def _block_counts(
    task: tuple, units: list, centring: _Centring | None, least: list[np.ndarray], room: tuple
) -> list[tuple[dict, dict]]:
    q, c, part = task
    # Within one cloud the similarities before the block are those of earlier blocks.
    others = slice(part.start if q == c else 0, len(units[0]))
    rows, columns = units[q][part], units[c][others]
    block = _shaped(room[0], len(rows), len(columns))
    np.matmul(rows, columns.T, out=block)
    counts = [_count(block, task, least[0], room[1])]
    if centring is not None:
        _centre_block(block, centring, task, others)
        counts.append(_count(block, task, least[1], room[1]))
    return counts


def _centre_block(block: np.ndarray, centring: _Centring, task: tuple, columns: slice) -> None:
    q, c, rows = task
    block -= centring.along[q, c, rows].astype(np.float32)[:, None]
    block -= centring.along[c, q, columns].astype(np.float32)
    block *= centring.weights[q, rows].astype(np.float32)[:, None]
    block *= centring.weights[c, columns].astype(np.float32)


def _shaped(room: np.ndarray, rows: int, columns: int) -> np.ndarray:
    return room[: rows * columns].reshape(rows, columns)


def _count(
    block: np.ndarray, task: tuple, least: np.ndarray, room: np.ndarray
) -> tuple[dict, dict]:
    """Target → how many wrong items reach it: queries of the rows, and the last of the columns."""
    q, c, part = task
    rows, shift = np.arange(len(block)), 0 if q == c else part.start
    own = block[rows, rows + shift]
    block[rows, rows + shift] = -2  # the item itself or its match is never a wrong one
    targets = range(len(least))
    reach = _shaped(room, *block.shape)
    by_row = {
        t: count_rows(np.greater_equal(block, least[q, t, part, None], out=reach))
        for t in targets
        if t != q
    }
    # Within one cloud the square on the diagonal has been counted by its rows.
    first = len(block) if q == c else 0
    rest = block[:, first:]
    reach = _shaped(room, *rest.shape)
    by_column = {
        t: count_columns(np.greater_equal(rest, least[c, t, -rest.shape[1] :], out=reach))
        for t in targets
        if t != c and rest.shape[1]
    }
    block[rows, rows + shift] = own
    return by_row, by_column
