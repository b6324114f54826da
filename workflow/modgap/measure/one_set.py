"""Columns that hold the same values in two tables, whatever they are called."""

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.identity import as_words, is_nested, spelled
from modgap.formats.vector_columns import INDEX
from modgap.measure.column_names import is_key, names_others
from modgap.measure.identity import find_rows


def of_one_set(wanted: pd.DataFrame, known: pd.DataFrame) -> Iterator[tuple[str, str, np.ndarray]]:
    """Columns of one name that hold the same values in both tables: hashes, times, keys.

    All are different, and no counts, which two tables share by chance. With each pair of columns
    the row of `known` for each of `wanted`.
    """
    for b, a in _of_one_name(wanted, known):
        if names_others(a) or not known[a].is_unique:
            continue
        words, among = as_words(wanted[b]), as_words(known[a])
        if not among.is_unique or set(words) != set(among):
            continue
        if is_key(a) or not _are_counts(among):
            yield b, a, find_rows(words, among)[0]


def _of_one_name(wanted: pd.DataFrame, known: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Columns of one name in both tables that may hold the same single values."""
    spellings = {name: spelled(str(name)) for name in known if name != INDEX}
    for b in wanted:
        own = spelled(str(b))
        for a in [name for name, other in spellings.items() if other == own]:
            one, other = wanted[b], known[a]
            if not is_nested(one) and not is_nested(other) and not _have_other_ends(one, other):
                yield b, a


def _have_other_ends(one: pd.Series, other: pd.Series) -> bool:
    """Whether two columns of numbers differ in the smallest or the largest, which is soon told."""
    if one.dtype != other.dtype or one.dtype.kind not in "iuf":
        return False
    return (one.min(), one.max()) != (other.min(), other.max())


def _are_counts(words: pd.Series) -> bool:
    """Whether words are all whole numbers between two, in any order, or such as shares of 1.

    So is what lacks a value.
    """
    if words.isna().any():
        return True
    numbers = pd.to_numeric(words, errors="coerce")
    if numbers.isna().any():
        return False
    values = np.sort(numbers.to_numpy())
    steps = np.diff(values)
    if not np.allclose(steps, steps[:1]):
        return False
    return bool((steps == 1).all() or (values[0] >= 0 and values[-1] <= 1))


def refuse_other_order(
    wanted: pd.DataFrame, known: pd.DataFrame, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> None:
    """Raise `InputError` if several columns together say that rows are not in one order.

    Such as `video` and `frame`: in both tables the same rows, no two alike, in different orders.
    Columns of which one alone tells all rows apart are not asked: they are ranks, or join rows.
    """
    columns = []
    for b, a in _of_one_name(wanted, known):
        if wanted[b].is_unique or known[a].is_unique:
            continue
        pair = as_words(wanted[b]).fillna("").tolist(), as_words(known[a]).fillna("").tolist()
        if pair[0] == pair[1] or sorted(pair[0]) == sorted(pair[1]):
            columns.append((b, *pair))
    if all(own == other for _, own, other in columns):
        return
    names, *values = zip(*columns, strict=True)
    rows, others = (list(zip(*words, strict=True)) for words in values)
    if len(set(rows)) == len(rows) and set(rows) == set(others):
        raise InputError(
            f"{paths[0]} and {paths[1]}: columns {', '.join(map(repr, names))} are those of the "
            "same rows in different orders; sort both tables alike, or write what names an item "
            "into one column id"
        )
