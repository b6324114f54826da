"""Which columns of two tables name the same items, whatever they are called."""

import logging
import os
import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.identity import as_numbers, as_words, is_nested, is_text, spelled, whole_words
from modgap.formats.sheet import is_number
from modgap.formats.vector_columns import INDEX
from modgap.measure.column_names import is_plain, names_items, names_others
from modgap.measure.identity import AS_FILE_NUMBERS, find_rows
from modgap.measure.one_set import of_one_set

_log = logging.getLogger(__name__)


class _Joined(NamedTuple):
    """A column of one table, that of another, and the row of each item of one in the other."""

    wanted: str
    known: str
    rows: np.ndarray

    @property
    def share(self) -> float:
        """Of the items how many the other table has."""
        return float((self.rows >= 0).mean())

    def contradicts(self, other: "_Joined") -> bool:
        """Whether an item that both know is another for each."""
        both = (self.rows >= 0) & (other.rows >= 0)
        return bool((self.rows != other.rows)[both].any())


def joining_columns(
    wanted: pd.DataFrame,
    known: pd.DataFrame,
    paths: tuple[str | os.PathLike, str | os.PathLike],
    wanted_ids: tuple[str, ...] = ("id",),
) -> tuple[str, str] | None:
    """The columns by which rows of one table name the rows of another, whatever they are called.

    Ids that share a word decide, unless they only number rows, or few are shared, and a column of
    words contradicts them. Else it is a column of words of one of which all are among those of a
    column of the other, where no two are alike: file names, keys, captions; of several the one that
    is plainly called so ("image"), none of negatives. Of two of one name that is made for it
    ("path") more than half will do: the items differ.

    Parameters
    ----------
    wanted, known
        One row per item each; several rows of `wanted` may name one of `known`.
    paths
        Their files, for errors and the log.
    wanted_ids
        What columns of ids are called in `wanted`; in `known` it is `id`.

    Returns
    -------
    (str, str) or None
        The column of `wanted` and that of `known`; None where nothing names the same items.

    Raises
    ------
    InputError
        Naming the columns, if two that may say so disagree.
    """
    ids = [_joined_by(wanted, name, known, "id") for name in wanted_ids if name in wanted]
    ids = [joined for joined in ids if joined is not None]
    by_id = next((joined for joined in ids if joined.share), None)
    if by_id is not None and not _are_doubtful(by_id, wanted, known):
        return by_id[:2]
    by_name = _by_names(wanted, known, paths)
    if by_name is None:
        return (by_id or ids[0])[:2] if ids else None
    if by_id is not None:
        if not by_name.contradicts(by_id) and by_name.share <= by_id.share:
            return by_id[:2]
        _refuse_doubt(by_id, by_name, paths)
        text = (
            "%s and %s: joined by %r and %r; %r and %r, which number rows or something else, "
            "disagree and are not read"
        )
        _log.warning(text, *paths, *by_name[:2], *by_id[:2])
    return by_name[:2]


def columns_with(table: pd.DataFrame, words: set[str]) -> list[str]:
    """The columns of text that have all of some words, and none of their own twice."""
    columns = []
    for name in table:
        if is_text(table[name]) and not names_others(name):
            known = as_words(table[name])
            if known.is_unique and words <= set(known):
                columns.append(name)
    return columns


def column_with(table: pd.DataFrame, words: set[str], path: str | os.PathLike) -> str | None:
    """The one of `columns_with` that is meant, if there is any.

    Raises `InputError` naming two that have the words in other rows, if no name is plainer.
    """
    wanted = pd.Series(sorted(words), dtype=object)
    columns = [
        _Joined("", name, find_rows(wanted, as_words(table[name]))[0])
        for name in columns_with(table, words)
    ]
    columns.sort(key=lambda one: not is_plain(one.known))
    for other in columns[1:]:
        if is_plain(other.known) == is_plain(columns[0].known) and other.contradicts(columns[0]):
            raise InputError(
                f"{path}: columns {columns[0].known!r} and {other.known!r} both have the words "
                f"{wanted.iloc[0]!r}, …, in other rows; leave out the one that does not name items"
            )
    return columns[0].known if columns else None


def are_row_numbers(words: pd.Series) -> bool:
    """Whether ids only count the rows of their table, from 0 or from 1."""
    if (
        not len(words)
        or (first := words.iloc[0]) is None
        or not re.fullmatch(r"0*[01](\.0)?", first)
    ):
        return False
    numbers = as_numbers(whole_words(words))
    if numbers is None:
        return False
    first = int(numbers.iloc[0])
    return numbers.tolist() == [str(row) for row in range(first, first + len(numbers))]


def _joined_by(wanted: pd.DataFrame, b: str, known: pd.DataFrame, a: str) -> _Joined | None:
    if a not in known:
        return None
    words, among = as_words(wanted[b]), as_words(known[a])
    first = np.flatnonzero(~among.duplicated())
    rows = find_rows(words, among.iloc[first])[0]
    return _Joined(b, a, np.where(rows < 0, -1, first[rows]))


def _are_doubtful(by_id: _Joined, wanted: pd.DataFrame, known: pd.DataFrame) -> bool:
    """Whether ids may be other tables' numbers: they count rows, or most are not in the other."""
    counts = [are_row_numbers(as_words(column)) for column in (wanted[by_id[0]], known[by_id[1]])]
    return all(counts) or (by_id.share < 1 and (any(counts) or by_id.share <= 0.5))


def _refuse_doubt(by_id: _Joined, by_name: _Joined, paths: tuple) -> None:
    """Raise `InputError` for row numbers against words, where neither is plainly the name."""
    made = names_items(str(by_name.wanted)) or names_items(str(by_name.known))
    if made and (by_id.wanted == "id" or by_id.share < 1):
        return
    one, other = (f"{pair.wanted!r} ({pair.known!r})" for pair in (by_id, by_name))
    raise InputError(
        f"{paths[0]} and {paths[1]}: column {one} and column {other} join them in different ways; "
        "leave out the one that does not say which rows belong together"
    )


def _by_names(wanted: pd.DataFrame, known: pd.DataFrame, paths: tuple) -> _Joined | None:
    """The columns of names that join two tables; the plainest, if several do."""
    names, among = dict(_names(wanted)), dict(_names(known))
    texts = [{name for name in table if is_text(table[name])} for table in (wanted, known)]
    counts = [{name for name in of if are_row_numbers(of[name])} for of in (names, among)]
    numbers = [{name for name in of if _are_numbers(of[name])} for of in (names, among)]
    small = [{name for name in of if _are_small(name, of[name])} for of in (names, among)]
    joins = []
    for b, a in product(names, among):
        same = spelled(str(b)) == spelled(str(a))
        files = (b in numbers[0]) != (a in numbers[1])  # 42 and 000042.jpg
        words = b in texts[0] and a in texts[1]
        if not among[a].is_unique or not (same or files or words):
            continue
        if b in counts[0] and a in counts[1]:
            continue  # they say no more than the order of rows
        rows, compared = find_rows(names[b], among[a])
        by_number = files and not (same or (words and compared != AS_FILE_NUMBERS))
        if by_number and (b in small[0] or a in small[1]):
            continue  # and such numbers are among those of files by chance
        joined = _Joined(b, a, rows)
        all_of_one = len(np.unique(joined.rows[joined.rows >= 0])) == len(known)
        enough = same and names_items(str(a)) and (joined.share > 0.5 or all_of_one)
        if joined.share == 1 or enough:
            joins.append(joined)
    joins = joins or [_Joined(*each) for each in of_one_set(wanted, known)]
    joins.sort(key=lambda joined: (_order(joined), -joined.share))
    for other in joins[1:]:
        if _order(other) == _order(joins[0]) and other.contradicts(joins[0]):
            raise InputError(
                f"{paths[0]}: columns {joins[0].wanted!r} and {other.wanted!r} both name items of "
                f"{paths[1]} ({joins[0].known!r}, {other.known!r}) and disagree; leave out the one "
                "that does not say which rows belong together"
            )
    return joins[0] if joins else None


def _order(joined: _Joined) -> int:
    """How plainly the names of two columns say that they are of the same items, 0 the most."""
    same = spelled(str(joined.wanted)) == spelled(str(joined.known))
    if same and names_items(str(joined.wanted)):
        return 0
    plain = is_plain(joined.wanted) + is_plain(joined.known)
    return 3 - (plain or same)


def _names(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Columns that may name items, as words: text, or numbers where the name says so."""
    for name in table:
        column = table[name]
        if name == INDEX or is_nested(column) or names_others(name):
            continue
        words_only = is_text(column) and not _are_decimals(column)
        if not words_only and not names_items(str(name)):
            continue
        words = as_words(column)
        if words.notna().all() and (is_text(column) or as_numbers(words) is not None):
            yield name, words


def _are_small(name: str, words: pd.Series) -> bool:
    """Whether numbers may be those of rows, classes or ranks, by their name and size."""
    if not _are_numbers(words):
        return False
    beyond = whole_words(words).map(int).max() > len(words)
    return are_row_numbers(words) or not (is_plain(name) or beyond)


def _are_numbers(words: pd.Series) -> bool:
    return as_numbers(whole_words(words)) is not None


def _are_decimals(column: pd.Series) -> bool:
    """Whether words are numbers, some with a point, as a table of text has scores."""
    return all(map(is_number, column)) and column.str.contains(".", regex=False).any()
