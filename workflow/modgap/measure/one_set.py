"""Columns that hold the same values in two tables, whatever they are called."""

import logging
import os
from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.identity import as_numbers, as_words, is_nested, is_text, spelled
from modgap.formats.vector_columns import INDEX
from modgap.formats.words import is_word_column
from modgap.measure.column_names import is_key, is_plain, names_items, names_others
from modgap.measure.identity import find_rows

_log = logging.getLogger(__name__)


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


def refuse_other_names(
    wanted: pd.DataFrame, known: pd.DataFrame, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> None:
    """Raise `InputError` if names that two tables share, too few to join them, are in other rows.

    Columns of one name are asked, such as `file_name`, and those that plainly name an item, such as
    `id` and `image`. Names may be missing in them. That two of one name share none is said, and so
    is one shared name alone, which may stand for a missing one ("none").
    """
    same = [(b, a) for b, a in _of_one_name(wanted, known) if names_items(str(a)) and a != "id"]
    plain = [(b, a) for b, a in product(wanted, known) if is_plain(a) and is_plain(b) and a != b]
    for b, a in dict.fromkeys(same + plain):
        if is_word_column(a) or names_others(a) or not _are_words(wanted[b], known[a]):
            continue
        words, among = as_words(wanted[b]), as_words(known[a])
        here, there = np.flatnonzero(words.notna()), np.flatnonzero(among.notna())
        if not (len(here) and among.iloc[there].is_unique):
            continue
        places = find_rows(words.iloc[here], among.iloc[there])[0]
        shared = places >= 0
        if shared.mean() <= 0.5 and as_numbers(words.iloc[here]) is not None:
            continue  # numbers are shared by chance
        count = words.iloc[here[shared]].nunique()
        moved = bool((there[places[shared]] != here[shared]).any())
        if count > 1 and moved:
            how = "keep the items that are in both"
            if shared.all() and a != b:
                how = f"call both {a!r} if they name the items"
            raise InputError(
                f"{paths[0]} and {paths[1]}: {shared.sum()} of {len(words)} names in column {b!r} "
                f"are in other rows of {a!r}{_missing(words, among, paths)}; {how}, or leave the "
                "column out if row i matches row i"
            )
        if moved or (not count and (b, a) in same):
            text = "%s and %s share %s in %r (%r, %r): row i matches row i"
            examples = words.iloc[here[0]], among.iloc[there[0]]
            _log.warning(text, *paths, "one name" if moved else "no name", a, *examples)


def _are_words(*columns: pd.Series) -> bool:
    """Whether all cells of columns are words or missing."""
    return all(is_text(column.dropna()) for column in columns)


def _missing(words: pd.Series, among: pd.Series, paths: tuple) -> str:
    """Where the first name is missing, in brackets; "" if none is."""
    for column, path in zip((words, among), paths, strict=True):
        if column.isna().any():
            return f" (row {int(np.flatnonzero(column.isna())[0])} of {path} has no name)"
    return ""
