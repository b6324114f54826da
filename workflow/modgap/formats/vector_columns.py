"""Which column of an Arrow table holds the embeddings, and what is in it, as one array."""

import logging
import os
import re
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modgap.errors import InputError
from modgap.formats.sides import meant, side_of

_log = logging.getLogger(__name__)

EMBEDDING = "embedding"
# How pandas stores an index without a name.
INDEX = "__index_level_0__"
# Fewer rows may hold different whole numbers by chance.
FEW = 5
_NUMBERED = re.compile(r"(.*?)(\d+)")
_LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)


def take_vectors(
    table: pa.Table, path: str | os.PathLike, name: str = ""
) -> tuple[np.ndarray, pa.Table]:
    """Take the embeddings out of a table.

    They are the column `embedding`; else the one column of lists of numbers; else the columns
    0…d−1 (or a word and these numbers), as a wide pandas frame is stored. Anything but `embedding`
    is logged.

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
        No such column or several, no rows, a row without embedding or of another length.
    """
    if not len(table):
        raise InputError(f"{path}: holds no rows; expected one embedding per item")
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()  # a record's parts are columns: meta.id
    names = _columns(table, path, name)
    rest = table.drop_columns(names)
    if len(names) > 1:
        return _wide(table.select(names), rest, path), rest
    return _listed(table.column(names[0]), names[0], rest, path), rest


def to_float32(array: np.ndarray) -> np.ndarray:
    """Rows as float32; a row that float32 cannot hold is scaled first: only directions count."""
    if array.dtype == np.float32 and array.dtype.isnative:
        return array
    if array.dtype.itemsize > 4 and len(array):
        array = np.asarray(array, np.float64)
        size = np.abs(array).max(axis=1, initial=0)
        extreme = np.isfinite(size) & (size > 0) & ((size > 1e30) | (size < 1e-30))
        if extreme.any():
            array = array.copy()
            array[extreme] /= size[extreme, None]
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)


def _columns(table: pa.Table, path: str | os.PathLike, name: str) -> list[str]:
    repeated = [name for name in table.column_names if table.column_names.count(name) > 1]
    if repeated:
        raise InputError(f"{path}: column {repeated[0]!r} appears twice")
    if EMBEDDING in table.column_names:
        if _item(table.schema.field(EMBEDDING).type) is None:
            raise InputError(
                f"{path}: column {EMBEDDING!r} is {table.schema.field(EMBEDDING).type}, expected "
                f"lists of numbers, one list per row{_packed(table.column(EMBEDDING))}"
            )
        return [EMBEDDING]
    lists = {field.name: _item(field.type) for field in table.schema}
    lists = {name: item for name, item in lists.items() if item is not None}
    floats = [name for name, item in lists.items() if not pa.types.is_integer(item)]
    wide = _numbered_columns(table, path)
    choices = [[name] for name in floats or list(lists)] or wide
    own = meant([names[0] for names in choices], name)
    choices = [names for names in choices if names[0] in own] if len(own) == 1 else choices
    if len(choices) != 1:
        several = "several columns may be the embeddings" if choices else "no embeddings"
        columns = " or ".join(repr(names[0]) for names in choices) or _shown(table.column_names)
        raise InputError(
            f"{path}: {several}: {columns}; expected a column {EMBEDDING!r} of lists of numbers, "
            "one such column under another name, or columns 0, 1, 2, …: rename one"
        )
    (names,) = choices
    _refuse_sparse(names[0], table.column_names, path)
    what = f"column {names[0]!r}" if len(names) == 1 else f"columns {names[0]!r} to {names[-1]!r}"
    _log.info("%s: %s taken as the embeddings", path, what)
    if name and side_of(names[0]) not in (None, name):
        _log.warning("%s: %s is taken as the %s", path, what, name)
    return names


def _packed(column: pa.ChunkedArray) -> str:
    """How to unpack numbers that are bytes in a column, or base64: of what type is not said."""
    how = "; bytes are numbers once you say of which type: numpy.frombuffer({}, dtype='<f4')"
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return how.format("cell")
    first = str(column[0].as_py())
    return how.format("base64.b64decode(cell)") if re.fullmatch(r"[\w+/]{20,}=*", first) else ""


def _refuse_sparse(name: str, columns: list[str], path: str | os.PathLike) -> None:
    """Raise `InputError` for the values of sparse vectors, which stand in places of their own."""
    places = re.sub(r"values$", "indices", name)
    if places != name and places in columns:
        raise InputError(
            f"{path}: {name!r} beside {places!r} are sparse embeddings, whose numbers are of other "
            "dimensions in each row; save them with all dimensions, as lists of one length"
        )


def _shown(names: list[str]) -> str:
    return str(names) if len(names) <= 20 else f"{str(names[:20])[:-1]}, … {len(names)}]"


def _item(kind: pa.DataType) -> pa.DataType | None:
    """The type of the numbers in a column of lists of numbers; None for other columns."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if not any(is_list(kind) for is_list in _LISTS):
        return None
    item = kind.value_type
    return item if _is_number(item) else None


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)


def _numbered_columns(table: pa.Table, path: str | os.PathLike) -> list[list[str]]:
    """Sets of columns of numbers that are called 0…d−1 or 1…d, with the same word before it."""
    sets, others = defaultdict(dict), defaultdict(dict)
    for field in table.schema:
        if match := _NUMBERED.fullmatch(field.name):
            known = sets if _is_number(field.type) else others
            known[match[1]][int(match[2])] = field
    chosen = []
    bare = sets.get("", {})
    for word, fields in [("", bare)] if len(bare) > 1 else sets.items():
        numbers = sorted(fields)
        for beside in (numbers[0] - 1, numbers[-1] + 1):
            # One that a single word in it made a column of words would be left out unseen.
            if len(numbers) > 1 and beside in others[word]:
                field = others[word][beside]
                raise InputError(
                    f"{path}: column {field.name!r} is {field.type}, columns "
                    f"{fields[numbers[0]].name!r} to {fields[numbers[-1]].name!r} beside it are "
                    "numbers; correct what is no number in it, or rename it"
                )
        whole = numbers[0] in (0, 1) and numbers[-1] - numbers[0] + 1 == len(numbers) > 1
        if whole and any(not pa.types.is_integer(field.type) for field in fields.values()):
            chosen.append([fields[number].name for number in numbers])
    return chosen


def _listed(
    column: pa.ChunkedArray, name: str, rest: pa.Table, path: str | os.PathLike
) -> np.ndarray:
    if column.null_count:
        row = int(np.flatnonzero(pc.is_null(column).to_numpy())[0])
        raise InputError(
            f"{path}: {row_name(rest, row)} has no embedding ({column.null_count} such rows); "
            "leave the items out, or embed them again"
        )
    vectors, start = None, 0
    for chunk in column.chunks:
        if not len(chunk):
            continue
        block, lengths = _block(chunk)
        if vectors is None:
            if not lengths[0]:
                raise InputError(f"{path}: {row_name(rest, 0)} has no numbers in {name!r}")
            vectors = np.empty((len(column), lengths[0]), np.float32)
        other = np.flatnonzero(lengths != vectors.shape[1])
        if len(other):
            raise InputError(
                f"{path}: {row_name(rest, start + other[0])} has {lengths[other[0]]} numbers, row "
                f"0 has {vectors.shape[1]}; expected embeddings of one length in {name!r}"
            )
        vectors[start : start + len(chunk)] = to_float32(block.reshape(len(chunk), -1))
        start += len(chunk)
    return vectors


def _block(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """All numbers of a chunk of lists, missing ones as NaN, and how many each list has."""
    if isinstance(chunk.type, pa.BaseExtensionType):
        chunk = chunk.storage
    values = chunk.flatten()
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    if pa.types.is_fixed_size_list(chunk.type):
        lengths = np.full(len(chunk), chunk.type.list_size)
    else:
        lengths = pc.list_value_length(chunk).to_numpy(zero_copy_only=False)
    return values.to_numpy(zero_copy_only=False), lengths


def _wide(columns: pa.Table, rest: pa.Table, path: str | os.PathLike) -> np.ndarray:
    vectors = np.empty((len(columns), columns.num_columns))
    for place, name in enumerate(columns.column_names):
        column = columns.column(name)
        if column.null_count:
            row = int(np.flatnonzero(pc.is_null(column).to_numpy())[0])
            raise InputError(f"{path}: {row_name(rest, row)} has no number in column {name!r}")
        vectors[:, place] = column.cast(pa.float64()).to_numpy()
    return to_float32(vectors)


def row_name(table: pa.Table, row: int) -> str:
    """How errors call a row: by its number from 0, and its id if the table has one."""
    if "id" in table.column_names:
        return f"row {row} (id {table.column('id')[int(row)].as_py()!r})"
    return f"row {row}"
