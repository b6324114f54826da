"""Rows of two tables that name the same items, joined by id or by the index of pandas frames."""

import logging
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from modgap.errors import InputError
from modgap.formats.identity import as_numbers, whole_words
from modgap.formats.vector_columns import INDEX

_log = logging.getLogger(__name__)


def rows_of_ids(
    wanted: pd.Series, known: pd.Series, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> np.ndarray:
    """The row of each wanted id among the known ones, −1 where it is not among them.

    Where words leave some unknown and all are whole numbers, they are compared as numbers, so that
    000000000042 and 42.0 are 42. Where no word is known, names of files are, without their folders
    or but the last one, with and without their endings, so that images/dog.jpg is dog.jpg or dog,
    and by the numbers that they are: COCO_val2014_000000000042.jpg is 42. And dog.jpg#4, as
    Flickr8k and Flickr30k call the fifth caption of an image, is dog.jpg.

    Parameters
    ----------
    wanted, known
        Ids as words; `known` without repeats.
    paths
        The files of both, for errors.

    Raises
    ------
    InputError
        If an id is repeated in `known`, or the two share none.
    """
    repeated = known[known.duplicated()]
    if len(repeated):
        raise InputError(
            f"{paths[1]}: id {repeated.iloc[0]!r} in row {repeated.index[0]} was used before; ids "
            "are unique in a table that others refer to"
        )
    rows, compared = find_rows(wanted, known)
    if compared != _AS_WORDS:
        _log.info("%s, %s: ids are compared as %s", *paths, compared)
    if (rows < 0).all():
        raise InputError(
            f"{paths[0]} and {paths[1]} share no id: {wanted.iloc[0]!r} in one, {known.iloc[0]!r} "
            "in the other; expected the same ids in both, or tables without ids, whose rows match "
            "in order"
        )
    return rows


def find_rows(wanted: pd.Series, known: pd.Series) -> tuple[np.ndarray, str]:
    """Rows of the wanted words among unique known ones, and what they were compared as.

    As `rows_of_ids`, but that −1 stands in every row where the two share none.
    """
    rows = pd.Index(known).get_indexer(wanted)
    if not (rows < 0).any():
        return rows, _AS_WORDS
    numbers = as_numbers(whole_words(wanted)), as_numbers(whole_words(known))
    if numbers[0] is not None and numbers[1] is not None and numbers[1].is_unique:
        return pd.Index(numbers[1]).get_indexer(numbers[0]), "numbers"
    if (rows < 0).all() and wanted.str.contains(_CAPTION, na=False).all():
        places, compared = find_rows(wanted.str.replace(_CAPTION, "", regex=True), known)
        return places, f"{compared} before the # of a caption"
    if (rows < 0).all() and len(wanted) and wanted.iloc[0] is not None:
        for what, shorter in _SHORTER.items():
            if not _is_among(wanted.iloc[0], known, shorter):
                continue  # as is soon told
            short = _shortened(wanted, shorter), _shortened(known, shorter)
            if short[0] is not None and short[1] is not None:
                places = pd.Index(short[1]).get_indexer(short[0])
                if not (places < 0).any():
                    return places, what
    return rows, _AS_WORDS


def _is_among(word: str, known: pd.Series, shorter: Callable[[str], str]) -> bool:
    """Whether a word is a known one, both made shorter."""
    short, core = shorter(word), _file_number(word)  # the core is in all that it may be
    return any(core in other and shorter(other) == short for other in known.dropna())


def _shortened(words: pd.Series, shorter: Callable[[str], str]) -> pd.Series | None:
    """Words made shorter; None if one is missing or two that differ become one."""
    if words.isna().any():
        return None
    short = words.map(shorter)
    return short if short.nunique() == words.nunique() else None


def _without_folder(word: str) -> str:
    return re.split(r"[/\\]", word)[-1]


def _in_last_folder(word: str) -> str:
    return "/".join(re.split(r"[/\\]", word)[-2:])


def _without_ending(word: str, shorter: Callable[[str], str] = _without_folder) -> str:
    return re.sub(r"\.[A-Za-z]\w{1,4}$", "", shorter(word))


def _file_number(word: str) -> str:
    """The number that the name of a file is, as in COCO; the name without its ending if it is none.

    >>> _file_number("val/COCO_val2014_000000000042.jpg"), _file_number("a/042.png")
    ('42', '42')
    """
    return _NUMBER.sub("", _without_ending(word))


_AS_WORDS = "words"
AS_FILE_NUMBERS = "numbers of files"
# What stands before the number that is the name of a file.
_NUMBER = re.compile(r"^(COCO_[a-z]+\d{4}_)?0*(?=\d+$)")
_CAPTION = re.compile(r"#\d+$")
_SHORTER: dict[str, Callable[[str], str]] = {
    "names of files without their folders": _without_folder,
    "names of files without their folders and endings": _without_ending,
    # As those of classes, where names come again in each.
    "names of files in their last folders": _in_last_folder,
    "names of files in their last folders without endings": partial(
        _without_ending, shorter=_in_last_folder
    ),
    AS_FILE_NUMBERS: _file_number,
}


def rows_by_index(
    wanted: pd.DataFrame, known: pd.DataFrame, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> np.ndarray:
    """Row i for row i, unless row numbers that pandas kept say that one table was reordered.

    A frame whose index pandas stores as a range, not as numbers, has its rows in order.
    """
    rows = np.arange(len(wanted))
    tables = list(zip((wanted, known), paths, strict=True))
    if any(INDEX in table for table, _ in tables):
        first, second = (_row_numbers(table, path) for table, path in tables)
        if None not in (first, second) and first != second and len(set(second)) == len(second):
            places = pd.Index(second).get_indexer(first)
            if sorted(places) == rows.tolist():
                _log.warning("%s and %s are joined by the index of the pandas frames", *paths[::-1])
                return places
    for table, path in tables[::-1]:
        warn_of_index(table.get(INDEX), path)
    return rows


def _row_numbers(table: pd.DataFrame, path: str | os.PathLike) -> list | None:
    """The index of a pandas frame, stored as numbers or as the range 0…n−1; else None."""
    if INDEX in table:
        return table[INDEX].tolist()
    path = Path(path)
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return None
    stored = (pq.read_schema(path).pandas_metadata or {}).get("index_columns", [])
    ranges = [index for index in stored if isinstance(index, dict)]
    kinds = [tuple(index.get(key) for key in ("kind", "start", "stop", "step")) for index in ranges]
    rows = list(range(len(table)))
    return rows if kinds == [("range", 0, len(rows), 1)] else None


def warn_of_index(numbers: pd.Series | None, path: str | os.PathLike) -> None:
    """Warn if the row numbers that pandas stored say that the rows of a table were reordered."""
    if numbers is not None and not numbers.is_monotonic_increasing:
        text = (
            "%s: its pandas index is out of order and not read: rows match in order. A column id "
        )
        _log.warning(text + "joins rows by name", path)
