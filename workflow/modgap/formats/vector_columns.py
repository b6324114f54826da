"""Which column of an Arrow table holds the embeddings, or which columns."""

import logging
import os
import re

import numpy as np
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.arrow_types import has_numbers, is_list, item_of
from modgap.formats.list_columns import lengths_of, listed, row_name, to_float32, unwrapped
from modgap.formats.rivals import best, says_vectors
from modgap.formats.sides import is_vectors, says_embedding, side_of
from modgap.formats.wide_columns import (
    namesake,
    numbered_columns,
    refuse_holes,
    refuse_words,
    wide_vectors,
)

_log = logging.getLogger(__name__)

EMBEDDING = "embedding"
# How pandas stores an index without a name.
INDEX = "__index_level_0__"
# Fewer rows may hold different whole numbers by chance.
FEW = 5
_SHOWN = 20


class NoRows(InputError):
    """A table or an array that has the form of embeddings, and no rows."""


def take_vectors(
    table: pa.Table, path: str | os.PathLike, name: str = ""
) -> tuple[np.ndarray, pa.Table]:
    """Take the embeddings out of a table.

    They are the column `embedding`; else the one column of lists of numbers, or the columns 0…d−1
    (or a word and these numbers), as a wide pandas frame is stored; of several the one whose name
    says so. Anything but `embedding` is logged.

    Parameters
    ----------
    table
        Any table with one row per item.
    path
        What errors call it.
    name
        "images" or "texts": decides between several such columns, as "image_embedding" is named.

    Returns
    -------
    (numpy.ndarray, pyarrow.Table)
        (n, d) float32 rows, and the other columns.

    Raises
    ------
    InputError
        No such column or several, no rows (`NoRows`), a row without embedding or of another length.
    """
    if not len(table):
        raise NoRows(f"{path}: holds no rows; expected one embedding per item")
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()  # a record's parts are columns: meta.id
    table = unwrapped(table, path)
    names = _columns(table, path, name)
    rest = table.drop_columns(names)
    if len(names) > 1:
        wide = wide_vectors(table.select(names), path, lambda row: row_name(rest, row))
        return to_float32(wide), rest
    return listed(table.column(names[0]), names[0], rest, path), rest


def _columns(table: pa.Table, path: str | os.PathLike, name: str) -> list[str]:
    repeated = [name for name in table.column_names if table.column_names.count(name) > 1]
    if repeated:
        raise InputError(f"{path}: column {repeated[0]!r} appears twice")
    if EMBEDDING in table.column_names:
        if not has_numbers(table.schema.field(EMBEDDING).type):
            raise _no_lists(table, EMBEDDING, path)
        _refuse_rival(table, path, name)
        return [EMBEDDING]
    refuse_words(table, path, lambda row: row_name(table, row))
    known = _choices(table)
    chosen = best([names[0] for names in known], name)
    choices = [names for names in known if names[0] in chosen]
    for names in choices:
        _refuse_sparse(names[0], table, path)
    if len(choices) > 1:
        choices = _without_forms(table, choices, path)
    if len(choices) < 2 and not (choices and says_vectors(choices[0][0], name)):
        _refuse_unread(table, [column for names in known for column in names], path)
        refuse_holes(table, path, _size(table, choices[0]) if choices else 0)
    if len(choices) != 1:
        several = "several columns may be the embeddings" if choices else "no embeddings"
        firsts = [repr(names[0]) for names in choices[:_SHOWN]]
        columns = " or ".join(firsts) if choices else shown(table.column_names)
        raise InputError(
            f"{path}: {several}: {columns}; expected a column {EMBEDDING!r} of lists of numbers, "
            "one such column under another name, or columns 0, 1, 2, …: rename "
            f"one{_how_written(table)}"
        )
    (names,) = choices
    what = f"column {names[0]!r}" if len(names) == 1 else f"columns {names[0]!r} to {names[-1]!r}"
    _log.info("%s: %s taken as the embeddings", path, what)
    if len(names) > 1 and (other := namesake(table, names)) is not None:
        text = "%s: column %r is not read beside %r to %r; if it is the first of them, call it %r"
        _log.warning(text, path, other, names[0], names[-1], f"{names[0][:-1]}0")
    if name and side_of(names[0]) not in (None, name):
        _log.warning("%s: %s is taken as the %s", path, what, name)
    return names


def _refuse_rival(table: pa.Table, path: str | os.PathLike, name: str) -> None:
    """Raise `InputError` for embeddings of the modality `name` beside the column `embedding`."""
    for rival in table.column_names:
        if rival == EMBEDDING or side_of(rival) != name or not _may_be_of(table, rival, name):
            continue
        if not _are_equal(table.select([EMBEDDING]), table.select([rival])):
            raise InputError(
                f"{path}: {EMBEDDING!r} or {rival!r} may be the embeddings of the {name}; "
                f"rename {EMBEDDING!r} by what it is of, as 'image_embedding', or leave one out"
            )


def _may_be_of(table: pa.Table, column: str, name: str) -> bool:
    """Whether a column may be the embeddings of the modality `name`.

    Whole numbers are tokens, pixels or codes, and a column that is empty in all rows is none.
    """
    if not (says_vectors(column, name) and is_vectors(column)):
        return False
    kind = table.schema.field(column).type
    if not has_numbers(kind) or _are_whole(table, [column]):
        return False
    return any(lengths_of(chunk).any() for chunk in table.column(column).chunks)


def _size(table: pa.Table, names: list[str]) -> int:
    """How many dimensions the embeddings in columns have, by the first row."""
    if len(names) > 1:
        return len(names)
    return sum(int(lengths_of(chunk).sum()) for chunk in table.column(names[0]).slice(0, 1).chunks)


def _choices(table: pa.Table) -> list[list[str]]:
    """Columns that may be the embeddings by what they hold: lists, and sets of one per dimension.

    Lists and sets of whole numbers, as tokens and counts are, only if a name says that they are
    embeddings or there are no others.
    """
    lists = [field.name for field in table.schema if has_numbers(field.type)]
    every = [[known] for known in lists] + numbered_columns(table)
    every = [names for names in every if is_vectors(names[0])] or every
    likely = [names for names in every if says_embedding(names[0]) or not _are_whole(table, names)]
    return likely or [names for names in every if len(names) == 1 or is_vectors(names[0])]


def _without_forms(
    table: pa.Table, choices: list[list[str]], path: str | os.PathLike
) -> list[list[str]]:
    """Choices without other forms of the same embeddings, as services give beside them.

    Those are copies, and whole numbers (int8, packed bits) beside numbers that are not.
    """
    if len({side_of(names[0]) for names in choices}) > 1:
        return choices
    exact = [names for names in choices if not _are_whole(table, names)] or choices
    first = table.select(exact[0])
    kept = [exact[0], *(names for names in exact[1:] if not _are_equal(first, table.select(names)))]
    if left := [names[0] for names in choices if names not in kept]:
        _log.info("%s: %s not read: copies or codes of %r", path, left, kept[0][0])
    return kept


def _are_equal(one: pa.Table, other: pa.Table) -> bool:
    """Whether two sets of columns hold the same, whatever they are called."""
    return one.num_columns == other.num_columns and one.columns == other.columns


def _are_whole(table: pa.Table, names: list[str]) -> bool:
    """Whether columns hold whole numbers only, or lists of them."""
    kinds = [table.schema.field(name).type for name in names]
    return all(pa.types.is_integer(item_of(kind) or kind) for kind in kinds)


def _refuse_unread(table: pa.Table, known: list[str], path: str | os.PathLike) -> None:
    """Raise `InputError` for a column that says it holds embeddings and is not read."""
    for field in table.schema:
        if field.name in known or not (says_embedding(field.name) and is_vectors(field.name)):
            continue
        if pa.types.is_nested(field.type) or _packed(table.column(field.name)):
            raise _no_lists(table, field.name, path)


def _no_lists(table: pa.Table, name: str, path: str | os.PathLike) -> InputError:
    column = table.column(name)
    how = _packed(column)
    if is_list(column.type) and is_list(column.type.value_type):
        how = "; of several in one row make a row each: frame.explode(column), with the ids"
    return InputError(
        f"{path}: column {name!r} is {column.type}, expected lists of numbers, one list per "
        f"row{how}"
    )


def _how_written(table: pa.Table) -> str:
    """What to do where a table of text has cells of another kind, or no header."""
    names = table.column_names
    if len(names) == 1 and "|" in names[0]:
        return "; its cells are parted by '|': write commas, semicolons or tabs"
    if len(names) == 1 and "," in names[0]:
        return "; its cells are parted by commas: call it .csv"
    for field in table.schema:
        if is_list(field.type) and pa.types.is_struct(field.type.value_type):
            return f"; {field.name!r} holds several records in a row: write each as a row"
    if sum(map(_is_number, names)) > max(1, len(names) / 2):
        return "; its first line was taken for the names of columns: write one above it"
    return ""


def _is_number(name: str) -> bool:
    """Whether a name is a number with a point, as a first row without a header has them."""
    return re.fullmatch(r"[-+]?\d*\.\d+([eE][-+]?\d+)?", name) is not None


def _packed(column: pa.ChunkedArray) -> str:
    """How to unpack numbers that are bytes in a column, or base64: of what type is not said."""
    how = "; bytes are numbers once you say of which type: numpy.frombuffer({}, dtype='<f4')"
    kinds = pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary
    if any(of_kind(column.type) for of_kind in kinds):
        return how.format("cell")
    first = str(column[0].as_py())
    return how.format("base64.b64decode(cell)") if re.fullmatch(r"[\w+/]{20,}=*", first) else ""


def _refuse_sparse(name: str, table: pa.Table, path: str | os.PathLike) -> None:
    """Raise `InputError` for the values of sparse vectors, which stand in places of their own.

    Where no row has places, as in Spark's dense vectors, they are all there.
    """
    places = re.sub(r"values$", "indices", name)
    if places == name or places not in table.column_names:
        return
    if table.column(places).null_count < len(table):
        raise InputError(
            f"{path}: {name!r} beside {places!r} are sparse embeddings, whose numbers are of other "
            "dimensions in each row; save them with all dimensions, as lists of one length"
        )


def shown(names: list[str]) -> str:
    """The names of columns as errors write them, the first ones of many."""
    if len(names) <= _SHOWN:
        return str(names)
    return f"{str(names[:_SHOWN])[:-1]}, … {len(names)}]"
