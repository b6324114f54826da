"""Lists of numbers in cells of text, as Python, NumPy, torch or a data base prints them."""

import os
import re
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.arrow_types import has_numbers, is_text
from modgap.formats.list_columns import row_name
from modgap.formats.rivals import says_vectors
from modgap.formats.sides import SIDES, is_vectors, says_embedding
from modgap.formats.vector_columns import EMBEDDING
from modgap.formats.wide_columns import numbered_columns

# Such a list in short: [0.1 0.2 ... 0.9].
_SHORT = re.compile(r"[\[({][-+\d.eE,;\s]*\.\.\.[-+\d.eE,;\s]*[\])}]")
_OPENING = r"(?:tensor\(|array\()?[\[({]+\s*[-+\d.nN]"
# Numbers one behind the other, without brackets.
_BARE = r"\s*[-+]?[\d.][-+\d.eE]*(?:(?:\s*[,;]\s*|\s+)[-+]?[\d.][-+\d.eE]*)+\s*"
# A sparse vector of pgvector: {1:0.5,7:0.1}/16.
_SPARSE = re.compile(r"\{\d+:.*\}/\d+")
# A tensor or an array in a cell, as torch and NumPy name it.
_NAMED_ARRAY = re.compile(r"(?:tensor|array)\((\[[^\]]*\]+)(?:,\s*\w+=[^()]*)?\)")


def is_list(cell: str) -> bool:
    """Whether a cell is several numbers in brackets, in short or not.

    >>> is_list("[0.1, 0.2]"), is_list("{0.1,0.2}"), is_list("(1) a dog")
    (True, True, False)
    """
    if re.match(_OPENING, cell) is None:
        return False
    if _SHORT.fullmatch(cell):
        return True
    try:
        return len(_numbers(cell)) > 1
    except ValueError:
        return False


def as_lists(
    column: pd.Series, path: str | os.PathLike, place: Callable[[int], str]
) -> list[np.ndarray | None] | None:
    """The cells of a column of text as lists of numbers, None for an empty one.

    Parameters
    ----------
    column
        Words, by its name. Numbers without brackets are a list where it says "embedding".
    path, place
        The file, and what errors call a row.

    Returns
    -------
    list or None
        None if the cells are words.

    Raises
    ------
    InputError
        By row for a word among the lists of the column `embedding`, a list that was printed in
        short, commas that may be decimal or not.
    """
    known = next((cell for cell in column if isinstance(cell, str) and cell), None)
    if column.name != EMBEDDING and (known is None or not _may_be(known, column.name)):
        return None  # without a look at every cell of a dimension
    empty = column.isna() | (column == "")
    lists = column.str.match(_OPENING, na=False).astype(bool)
    if says_embedding(column.name):
        lists |= column.str.fullmatch(_BARE, na=False).astype(bool)
    if not lists.any():
        return None
    if column.name == EMBEDDING:
        _refuse_others(column, lists | empty, path, place)
    if not (lists | empty).all():
        return None
    cells = enumerate(column.mask(empty, None))
    return [None if cell is None else _list(cell, path, place(row)) for row, cell in cells]


def lists_of(
    names: Iterable[str], convert: Callable[[str], list | None], *, beside: bool = False
) -> dict[str, list]:
    """The lists in those columns of words that may be the embeddings, by name.

    Columns whose names say so, else those whose names are not of ids or the like, else the others:
    the rest stay words, as "(3, 5)" does that names a tile.

    Parameters
    ----------
    names
        Of all columns of words.
    convert
        The lists of the column of a name, as `as_lists`.
    beside
        Whether the table has other columns that may be the embeddings: then names must say so.
    """
    ranks = {name: _rank(name) for name in names if name != "id"}
    for rank in range(1 if beside else 3):
        converted = {name: convert(name) for name, own in ranks.items() if own == rank}
        if columns := {name: lists for name, lists in converted.items() if lists is not None}:
            return columns
    return {}


def with_lists(table: pa.Table, path: str | os.PathLike) -> pa.Table:
    """The table with embeddings that were stored as words as lists; as `as_lists`, `lists_of`.

    JSON of a type of its own, as fastparquet stores lists, is words.
    """
    for place, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType) and is_text(field.type.storage_type):
            table = table.set_column(
                place, field.name, table.column(place).cast(field.type.storage_type)
            )

    def convert(name: str) -> list | None:
        column = table.column(name)
        known = column.drop_null()
        if not len(known) or not _may_be(known[0].as_py(), name):
            return None
        return as_lists(
            column.to_pandas().astype(object).rename(name), path, partial(row_name, table)
        )

    names = [field.name for field in table.schema if is_text(field.type)]
    names = [name for name in names if table.column_names.count(name) == 1]
    beside = any(has_numbers(field.type) for field in table.schema) or bool(numbered_columns(table))
    for name, lists in lists_of(names, convert, beside=beside).items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.array(lists, pa.list_(pa.float64())))
    return table


def _rank(name: str) -> int:
    """How little a name says that its column holds embeddings: 0 if it does, 2 for ids."""
    if not is_vectors(name):
        return 2
    return 0 if any(says_vectors(name, side) for side in SIDES) else 1


def _may_be(cell: str, name: str) -> bool:
    """Whether a first cell is a list, or would be one under a name that says so."""
    if says_embedding(name):
        return re.match(_OPENING, cell) is not None or re.fullmatch(_BARE, cell) is not None
    return is_list(cell)


def _refuse_others(
    column: pd.Series, good: pd.Series, path: str | os.PathLike, place: Callable[[int], str]
) -> None:
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise InputError(
            f"{path}: {place(row)}: {column.iloc[row][:40]!r} in column {column.name!r} is no "
            "list of numbers; leave the item out, or embed it again"
        )


def _list(cell: str, path: str | os.PathLike, place: str) -> np.ndarray:
    if _SPARSE.fullmatch(cell):
        raise InputError(
            f"{path}: {place}: {cell[:40]!r}… is a sparse vector; write all dimensions, as "
            "pgvector does with embedding::vector"
        )
    try:
        return np.array(_numbers(cell))
    except _Commas as error:
        raise InputError(
            f"{path}: {place}: commas within and blanks between numbers ({cell[:40]!r}…); "
            "write numbers with a point"
        ) from error
    except ValueError as error:
        raise InputError(
            f"{path}: {place}: {error}; a list of numbers that was printed in short (1 2 ... "
            "9) has lost the others: save the embeddings in another format"
        ) from error


class _Commas(ValueError):
    """Commas within numbers, or between them."""


def _numbers(cell: str) -> list[float]:
    named = _NAMED_ARRAY.fullmatch(cell)
    numbers = re.sub(r"np\.float\d+\(([^()]*)\)", r"\1", named[1] if named else cell)
    if numbers[0] in "[({" and numbers[-1] not in "])}":
        # Excel keeps 32,767 characters of a cell, MySQL's TEXT 65,535.
        raise ValueError(f"no bracket ends {cell[:40]!r}…, which was cut short")
    numbers = numbers.strip("[](){}")
    if re.search(r"\d,\d", numbers) and re.search(r"\d[;\s]+[-+]?\d", numbers):
        raise _Commas
    return [float(word) for word in re.split(r"[\s,;]+", numbers.strip())]
