"""Several clouds of the same items: every pair and direction, as they are and centred."""

import logging
import os
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import as_words, whole_words
from modgap.formats.packed import stem_of
from modgap.formats.vectors import read_vectors
from modgap.measure.identity import rows_by_index, rows_of_ids
from modgap.measure.joining import are_row_numbers, joining_columns
from modgap.measure.labels import read_labels
from modgap.measure.one_set import refuse_other_names, refuse_other_order
from modgap.metrics.gap import gap
from modgap.metrics.intervals import resampled_weights, wilson
from modgap.metrics.mixed import in_modality_recall
from modgap.metrics.pool import PoolRanks, centred_pool_ranks
from modgap.metrics.rows import unit_rows

_log = logging.getLogger(__name__)

AS_GIVEN, CENTRED = "as given", "centred"
COLUMNS = ["state", "metric", "first", "second", "value", "low", "high", "n"]
RECALL_AT = (1, 10)
K = 10


def measure_clouds(
    paths: Sequence[str | os.PathLike],
    labels: str | os.PathLike | None = None,
    *,
    seed: int = 0,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Measure files of embeddings of the same items, such as one text in several languages.

    Parameters
    ----------
    paths
        Two or more files that `read_vectors` reads. Items are matched by id, or by another column
        that names the same items as one of the first file, where all files have one; else row by
        row.
    labels
        As `read_labels`, for the items of the first file: the first column says which items match
        in search within one cloud.
    seed, resamples, confidence
        Of the bootstrap over items (L2M, RMG, NDCG); recalls have Wilson's interval.

    Returns
    -------
    pandas.DataFrame
        `state` is "as given" or "centred": each cloud minus its own mean over all items, unit
        again. `first` and `second` are clouds, called like their files; `first` is the query's.
        Metrics: l2m and rmg of each two; recall@k, the item sought in the second cloud alone;
        pool_recall@k, sought in one index of all clouds (the item in a third cloud is neither
        right nor wrong); pool_ndcg@10, where the item in every other cloud is right;
        in_modality_recall@1, where there are labels.

    Raises
    ------
    InputError
        Naming the file: fewer than two, other dimensions, other numbers of rows without ids, no
        shared id, a row that is its cloud's mean.
    """
    names, clouds = _read(paths)
    rows = _matched(clouds, paths)
    units = [
        unit_rows(cloud.vectors[own], name)
        for cloud, own, name in zip(clouds, rows, names, strict=True)
    ]
    n = len(units[0])
    if n <= K:
        raise InputError(f"{paths[0]}: {n} items in all files, expected more than {K}")
    words = None
    if labels is not None:
        words = read_labels(labels, clouds[0], paths[0]).iloc[rows[0], 0].reset_index(drop=True)
    _log.info("centred: each cloud minus its mean over these same %d items", n)
    lines = []
    states = zip((AS_GIVEN, CENTRED), centred_pool_ranks(units, names), strict=True)
    for state, ranks in states:
        if state == CENTRED:
            units = [
                unit_rows(x - x.mean(axis=0), name) for x, name in zip(units, names, strict=True)
            ]
        draws = resampled_weights(n, resamples, seed)
        for line in _lines(units, ranks, words, draws, confidence):
            metric, first, second, *values = line
            lines.append((state, metric, names[first], names[second], *values))
    return pd.DataFrame(lines, columns=COLUMNS)


def _lines(
    units: list[np.ndarray],
    ranks: PoolRanks,
    words: pd.Series | None,
    draws: Iterator[np.ndarray],
    confidence: float,
) -> Iterator[tuple]:
    """Metric, first and second cloud, value, low, high, n."""
    n, count = len(units[0]), len(units)
    gains = np.stack([ranks.ndcg(query, K) for query in range(count)])
    bounds = _bounds(units, ranks.cosines, gains, draws, confidence)
    for a, b in combinations(range(count), 2):
        parts = gap(units[a], units[b])
        for metric, value in (("l2m", parts.l2m), ("rmg", parts.rmg)):
            yield metric, a, b, value, *bounds[metric, a, b], n
    for a, b in permutations(range(count), 2):
        for name, order in (("recall", ranks.ranks(a, b)), ("pool_recall", ranks.pool_ranks(a, b))):
            for k in RECALL_AT:
                hits = int((order <= k).sum())
                yield f"{name}@{k}", a, b, hits / n, *wilson(hits, n, confidence), n
    for a in range(count):
        metric = f"pool_ndcg@{K}"
        yield metric, a, a, float(gains[a].mean()), *bounds["ndcg", a, a], n
        if words is not None:
            yield from _own_line(a, units[a], words, confidence)


def _own_line(
    number: int, unit: np.ndarray, words: pd.Series, confidence: float
) -> Iterator[tuple]:
    known = np.flatnonzero(words.notna().to_numpy())
    labels = words.iloc[known].to_numpy(str)
    counts = np.unique(labels, return_inverse=True, return_counts=True)
    queries = int((counts[2][counts[1]] > 1).sum())
    if queries:
        share = in_modality_recall(unit[known], labels, (1,))[1]
        limits = wilson(round(share * queries), queries, confidence)
        yield "in_modality_recall@1", number, number, share, *limits, queries


def _bounds(
    units: list[np.ndarray],
    cosines: np.ndarray,
    gains: np.ndarray,
    draws: Iterator[np.ndarray],
    confidence: float,
) -> dict:
    """Bootstrap over items, which all clouds share: one product per cloud and block of draws."""
    n, count = len(units[0]), len(units)
    drawn: dict[tuple, list] = {}
    noise = {pair: _noise(units[pair[0]], units[pair[1]]) for pair in combinations(range(count), 2)}
    for weights in draws:
        sums = [(weights @ unit).astype(np.float64) for unit in units]
        own = np.einsum("ij,ij->i", weights, weights, dtype=np.float64)
        intra = [(1 - (np.vecdot(s, s) - own) / (n**2 - own)) / 2 for s in sums]
        for a, b in noise:
            step = (sums[a] - sums[b]) / n
            length = np.sqrt((np.vecdot(step, step) - noise[a, b]).clip(0))
            between = (1 - weights @ cosines[a, b] / n) / 2
            within = (intra[a] + intra[b]) / 2
            drawn.setdefault(("l2m", a, b), []).append(length)
            drawn.setdefault(("rmg", a, b), []).append(between / (between + within))
        for a in range(count):
            drawn.setdefault(("ndcg", a, a), []).append(weights @ gains[a] / n)
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    return {key: tuple(np.quantile(np.concatenate(v), tails)) for key, v in drawn.items()}


def _noise(x: np.ndarray, y: np.ndarray) -> float:
    """Expected square by which drawing moves the difference of the centres."""
    step = x - y
    step -= step.mean(axis=0)
    return float(np.einsum("ij,ij->", step, step, dtype=np.float64)) / len(x) ** 2


def _read(paths: Sequence[str | os.PathLike]) -> tuple[list[str], list[Embeddings]]:
    if len(paths) < 2:
        raise InputError(f"{len(paths)} file, expected two or more")
    clouds = [read_vectors(path, "") for path in paths]
    for cloud, path in zip(clouds, paths, strict=True):
        if cloud.vectors.shape[1] != clouds[0].vectors.shape[1]:
            raise InputError(
                f"{paths[0]} has {clouds[0].vectors.shape[1]} dimensions and {path} "
                f"{cloud.vectors.shape[1]}; expected embeddings of one shared space"
            )
    stems = [stem_of(path) for path in paths]
    names = stems if len(set(stems)) == len(stems) else [str(path) for path in paths]
    if len(set(names)) < len(names):
        raise InputError(f"{', '.join(names)}: a file is named twice; expected one per cloud")
    return names, clouds


def _matched(clouds: list[Embeddings], paths: Sequence[str | os.PathLike]) -> list[np.ndarray]:
    """Rows of each cloud so that row i is the same item in all."""
    first = clouds[0].table
    columns = [
        joining_columns(first, cloud.table, (paths[0], path))
        for cloud, path in zip(clouds[1:], paths[1:], strict=True)
    ]
    if None in columns:
        return _in_order(clouds, paths)
    _refuse_row_numbers(clouds, columns, paths)
    rows = [np.arange(len(first))]
    for (own, other), cloud, path in zip(columns, clouds[1:], paths[1:], strict=True):
        if (own, other) != ("id", "id"):
            _log.info("%s: %r is %r of %s", path, other, own, paths[0])
        names = as_words(first[own]), as_words(cloud.table[other])
        rows.append(rows_of_ids(*names, (paths[0], path)))
    _check_unique(first, columns, paths[0])
    rows = np.stack(rows)
    kept = (rows >= 0).all(axis=0)
    for cloud, path in zip(clouds, paths, strict=True):
        if (left := len(cloud) - int(kept.sum())) > 0:
            _log.warning(
                "%s: %d of %d items are not in all files: left out", path, left, len(cloud)
            )
    return list(rows[:, kept])


def _refuse_row_numbers(
    clouds: list[Embeddings], columns: list[tuple], paths: Sequence[str | os.PathLike]
) -> None:
    """Raise `InputError` for files joined by row numbers where names say that these are none."""
    if "id" not in clouds[0].table:
        return
    ids = [place for place, pair in enumerate(columns, 1) if pair == ("id", "id")]
    counted = [place for place in (0, *ids) if are_row_numbers(clouds[place].table["id"])]
    if 0 not in counted:
        return
    for place, pair in enumerate(columns, 1):
        if place not in ids and len(counted) > 1:
            raise InputError(
                f"{paths[counted[1]]}: ids only number rows, and {pair[1]!r} of {paths[place]} "
                "says that rows are in different orders: expected such names in all files"
            )
    for one, other in permutations(counted, 2):
        tables = clouds[one].table, clouds[other].table
        if (joined := joining_columns(*tables, (paths[one], paths[other]))) != ("id", "id"):
            raise InputError(
                f"{paths[one]} and {paths[other]}: ids only number rows, and {joined[0]!r} and "
                f"{joined[1]!r} say that rows are of other items: expected such names in all "
                "files, and each item once in each"
            )


def _check_unique(first: pd.DataFrame, columns: list[tuple], path: str | os.PathLike) -> None:
    for own, _ in columns:
        rows_of_ids(as_words(first[own]), as_words(first[own]), (path, path))


def _in_order(clouds: list[Embeddings], paths: Sequence[str | os.PathLike]) -> list[np.ndarray]:
    """Row by row, which the index of pandas frames may change and ids must not contradict."""
    first = clouds[0].table
    for cloud, path in zip(clouds, paths, strict=True):
        if len(cloud) != len(first):
            raise InputError(
                f"{paths[0]} has {len(first)} rows and {path} {len(cloud)}; without ids in "
                "all files row i matches row i, so the numbers must agree"
            )
    for (one, path), (other, place) in combinations(zip(clouds, paths, strict=True), 2):
        refuse_other_order(one.table, other.table, (path, place))
        columns = joining_columns(one.table, other.table, (path, place))
        if columns and _words(one, columns[0]) != _words(other, columns[1]):
            raise InputError(
                f"{path} and {place} name their items in different orders, and another file has no "
                "such names: expected ids in all files, or rows in one order"
            )
        refuse_other_names(one.table, other.table, (path, place))
    if any("id" in cloud.table for cloud in clouds):
        _log.info("not all files have ids: row i matches row i")
    return [np.arange(len(first))] + [
        rows_by_index(first, cloud.table, (paths[0], path))
        for cloud, path in zip(clouds[1:], paths[1:], strict=True)
    ]


def _words(cloud: Embeddings, column: str) -> list[str | None]:
    return whole_words(as_words(cloud.table[column])).tolist()
