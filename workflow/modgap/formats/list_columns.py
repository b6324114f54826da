"""Columns of lists of numbers in an Arrow table as one array of rows."""

import logging
import os

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modgap.errors import InputError
from modgap.formats.arrow_types import has_numbers, is_list

_log = logging.getLogger(__name__)


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


def unwrapped(table: pa.Table, path: str | os.PathLike) -> pa.Table:
    """The table with the one list within each list, as Hugging Face's pipelines leave (1, d)."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        while is_list(column.type) and has_numbers(column.type.value_type):
            lengths = pc.unique(pc.list_value_length(column)).drop_null().to_pylist()
            if lengths != [1]:
                break
            column = pc.list_element(column, 0)
            table = table.set_column(place, field.name, column)
            _log.info("%s: the one list within each list of %r is read", path, field.name)
    return table


def listed(
    column: pa.ChunkedArray, name: str, rest: pa.Table, path: str | os.PathLike
) -> np.ndarray:
    """The lists of the column `name` as (n, d) float32; `rest`, the other columns, names rows.

    Raises
    ------
    InputError
        By row for a list that is missing, is empty or has another length.
    """
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


def lengths_of(chunk: pa.Array) -> np.ndarray:
    """How many numbers each list of a chunk has, 0 for one that is missing."""
    if isinstance(chunk.type, pa.BaseExtensionType):
        chunk = chunk.storage
    if pa.types.is_fixed_size_list(chunk.type):
        return chunk.is_valid().to_numpy(zero_copy_only=False) * chunk.type.list_size
    return pc.list_value_length(chunk).fill_null(0).to_numpy(zero_copy_only=False)


def _block(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """All numbers of a chunk of lists, missing ones as NaN, and how many each list has."""
    if isinstance(chunk.type, pa.BaseExtensionType):
        chunk = chunk.storage
    values = chunk.flatten()
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    return values.to_numpy(zero_copy_only=False), lengths_of(chunk)


def row_name(table: pa.Table, row: int) -> str:
    """How errors call a row: by its number from 0, and its id if the table has one."""
    if "id" in table.column_names:
        return f"row {row} (id {table.column('id')[int(row)].as_py()!r})"
    return f"row {row}"
