"""Embeddings in any file that NumPy, pandas, polars, Hugging Face or torch writes by default."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from modgap.errors import InputError
from modgap.formats.array_choice import take
from modgap.formats.array_files import ARRAYS
from modgap.formats.arrow_types import has_numbers, is_list
from modgap.formats.embeddings import Embeddings, check_rows
from modgap.formats.file_kinds import fault_of
from modgap.formats.identity import with_ids
from modgap.formats.json_tables import read_json_table
from modgap.formats.list_columns import row_name, to_float32
from modgap.formats.packed import format_of, is_packed
from modgap.formats.parts import read_parts
from modgap.formats.sheet import SHEETS, read_cells
from modgap.formats.tables import read_table
from modgap.formats.text import check_file
from modgap.formats.text_lists import with_lists
from modgap.formats.text_tables import read_text_table
from modgap.formats.unread import how_to_save
from modgap.formats.vector_columns import EMBEDDING, FEW, NoRows, take_vectors
from modgap.formats.wide_columns import numbered_columns, refuse_words
from modgap.formats.words import with_words

_log = logging.getLogger(__name__)

# So many rows tell what kind of numbers embeddings are.
_FIRST = 1000
_PLAIN = "numbers: numpy.save(file, array.astype('float32'))"


def read_vectors(path: str | os.PathLike, name: str, *, both: bool = True) -> Embeddings:
    """Read the embeddings in a file, and what its table says about each.

    Parameters
    ----------
    path
        A file of one of `FORMATS`, or a folder of the parts of one cloud (`read_parts`). Nothing is
        ever unpickled but what torch calls safe.
    name
        "images" or "texts": picks one of several arrays in a file, and the half of an array (2, n,
        d), whose first half is images and second texts, as published features come. "" for a cloud
        of any kind, of which a file may hold one only. Of texts alone, an array (n, k, d) is k
        texts for each of n images, one behind the other; the metadata's `texts_each` is then k.
    both
        Whether the file may hold images and texts: else a list of two tensors is two batches.

    Returns
    -------
    Embeddings
        Vectors (n, d) float32. The table has a column `id` only if the file has, of words, no two
        alike unless the file repeats them.

    Raises
    ------
    InputError
        Naming the file, and the row and its id for a row that is missing, of another length, not
        finite or all zeros.
    """
    path = Path(path)
    if path.is_dir():
        formats = (*ARRAYS, *TABLES)
        readers = (
            lambda part: read_vectors(part, name, both=both),
            lambda part: read_array(part, name),
        )
        return read_parts(path, name, *readers, formats)
    if (suffix := _format(path)) in TABLES:
        with readable(path, "readable table"):
            table, metadata = TABLES[suffix](path)
            vectors, rest = take_vectors(table, path, name)
            frame = _named(_frame(rest, len(vectors)), name, path)
    else:
        array, columns = _take(path, name, both)
        vectors, metadata = _rows(array, path, name)
        fits = len(columns) == len(vectors)
        frame = _named(columns, name, path) if fits else pd.DataFrame(index=range(len(vectors)))
    ids = pa.table({"id": frame["id"].tolist()} if "id" in frame else {})
    check_rows(vectors, str(path), lambda row: row_name(ids, row))
    _refuse_row_numbers(vectors, path)
    _warn_of_codes(vectors, path)
    return Embeddings(frame, vectors, metadata)


def read_array(path: str | os.PathLike, name: str) -> np.ndarray:
    """The array in a file of one of `ARRAYS`; `name` picks one of several in a .npz or the like.

    Raises `InputError` naming the file: missing, another format, object arrays, no array of that
    name.
    """
    return _take(Path(path), name)[0]


def _format(path: Path) -> str:
    """The ending of a file's name that is read; that before ".gz" where it may be packed."""
    suffix = format_of(path)
    if is_packed(path) and suffix not in _TEXTS:
        raise InputError(
            f"{path}: only text is read packed ({', '.join(_TEXTS)}); unpack the file first"
        )
    return suffix


def _take(path: Path, name: str, both: bool = True) -> tuple[np.ndarray, pd.DataFrame]:
    check_file(path)
    if _format(path) not in ARRAYS:
        if (fault := fault_of(path)) is not None:
            raise InputError(f"{path}: {fault}")
        raise InputError(
            f"{path}: format {path.suffix!r} is not read{how_to_save(path)}; expected one of "
            f"{', '.join(FORMATS)}"
        )
    with readable(path, "plain array of numbers"):
        return take(ARRAYS[path.suffix.lower()](path), path, name, both=both)


@contextmanager
def readable(path: str | os.PathLike, what: str, plain: str = _PLAIN) -> Iterator[None]:
    """Turn whatever a reader raises on a bad file into an `InputError` that names the file.

    It says `what` the file is none of, and what `plain` way there is to save what is in it.

    Readers of foreign formats raise nearly any class on a damaged file (a broken .npy header alone
    eight of them), so no list of classes would do.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if (fault := fault_of(Path(path))) is not None:
            raise InputError(f"{path}: {fault}") from error
        if isinstance(error, InputError):
            raise
        # Its first sentence: those after it advise to unpickle what one trusts.
        reason = f"{type(error).__name__}: {error}".split("\n")[0].split(". ")[0]
        raise InputError(
            f"{path}: no {what} ({reason}); nothing is ever unpickled. If the file opens "
            f"elsewhere, save {plain}"
        ) from error


def _parquet(path: Path) -> tuple[pa.Table, dict]:
    table, metadata = read_table(path)
    return with_lists(table, path), metadata


def _arrow(path: Path) -> tuple[pa.Table, dict]:
    """Arrow's own file and stream formats: Feather, and what Hugging Face's save_to_disk writes."""
    check_file(path)
    with pa.memory_map(str(path)) as file:
        try:
            table = pa.ipc.open_file(file).read_all()
        except pa.ArrowInvalid:
            file.seek(0)
            table = pa.ipc.open_stream(file).read_all()
    return with_lists(table, path), {}


def _text_table(path: Path) -> tuple[pa.Table, dict]:
    table = read_text_table(path)

    def line(row: int) -> tuple[int, list[str]]:
        return read_cells(path, words_first=True)[row - len(table)]

    refuse_words(table, path, lambda row: f"line {line(row)[0]}")
    if EMBEDDING not in table.column_names:
        for names in numbered_columns(table, has_numbers):
            number, cells = line(0)
            raise InputError(
                f"{path}: line {number}: {cells[table.column_names.index(names[0])]!r} in column "
                f"{names[0]!r} is several numbers, or has signs between thousands; expected one "
                f"number in each of {names[0]!r} to {names[-1]!r}, written as 1234.567"
            )
    return table, {}


def _json(path: Path) -> tuple[pa.Table, dict]:
    return with_lists(read_json_table(path), path), {}


TABLES: dict[str, Callable] = {
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".csv": _text_table,
    ".tsv": _text_table,
    ".txt": _text_table,
    ".vec": _text_table,
    ".jsonl": _json,
    ".ndjson": _json,
    ".json": _json,
}
# Those of text, which may be packed.
_TEXTS = (*SHEETS, ".vec", ".jsonl", ".ndjson", ".json")
FORMATS = (*ARRAYS, *TABLES, *(f"{suffix}.gz" for suffix in _TEXTS))


def _rows(array: np.ndarray, path: Path, name: str) -> tuple[np.ndarray, dict]:
    """The array as (n, d) float32, and whether it is one of two halves."""
    if array.dtype.kind not in "fiu":
        raise InputError(
            f"{path}: dtype {array.dtype}, expected floating-point numbers; {_as_floats(array)}"
        )
    shape, metadata = array.shape, {}
    if array.ndim and 0 in shape[: max(1, array.ndim - 1)]:
        raise NoRows(f"{path}: holds no rows; expected one embedding per item")
    if array.ndim == 3 and len(array) == 2 and array.shape[1] > 1:
        if not name:
            raise InputError(f"{path}: shape {shape} is two clouds; save each in a file of its own")
        half = ("images", "texts").index(name)
        _log.info("%s: shape %s, of which [%d] is taken as the %s", path, shape, half, name)
        array, metadata = array[half], {"half_of": list(shape)}
    elif name == "texts" and array.ndim == 3 and shape[0] > shape[1] and 1 not in shape:
        _log.warning(
            "%s: shape %s is read as %d texts for each of %d images", path, shape, *shape[1::-1]
        )
        array, metadata = array.reshape(-1, shape[2]), {"texts_each": shape[1]}
    elif array.ndim > 2 and 1 in array.shape:
        array = array.reshape([size for size in shape if size != 1])
        _log.info("%s: shape %s is taken as %s", path, shape, array.shape)
    if array.ndim != 2 or array.shape[1] == 0:
        several = "; k texts for each of n images are an array (n, k, dimensions) of texts"
        raise InputError(
            f"{path}: shape {shape}, expected (items, dimensions), or (2, items, dimensions) "
            f"for images and texts in one array{several if array.ndim == 3 else ''}"
        )
    return to_float32(array), metadata


def _as_floats(array: np.ndarray) -> str:
    """How to make floating-point numbers of what is none."""
    if array.dtype.names:
        return f"save the field that holds them: array[{array.dtype.names[-1]!r}]"
    if array.dtype == "V2":  # NumPy has no bfloat16, and writes only how long it is
        return "if it is bfloat16: (array.view('<u2').astype('<u4') << 16).view('<f4')"
    return "convert it with numpy.array(..., dtype='float32')"


def _warn_of_codes(vectors: np.ndarray, path: Path) -> None:
    """Warn of embeddings that may be codes of others: whole numbers only."""
    if not (vectors[:_FIRST] % 1).any():
        _log.warning(
            "%s: whole numbers are taken as they are; codes with an offset or with scales of "
            "their own, and packed bits, are no embeddings before they are decoded",
            path,
        )


def _refuse_row_numbers(vectors: np.ndarray, path: Path) -> None:
    """Raise `InputError` if the first dimension is a count of the rows or their ids."""
    first = vectors[:, 0]
    if len(vectors) < FEW or vectors.shape[1] < 2 or (first % 1 != 0).any():
        return
    fractions = (vectors[:, 1:] % 1 != 0).mean() > 0.5
    if fractions and len(np.unique(first)) == len(first):
        raise InputError(
            f"{path}: the first dimension holds whole numbers, no two alike "
            f"({', '.join(f'{value:g}' for value in first[:3])}, …), as row numbers or ids do; "
            "leave it out, or save it apart: array[:, 1:]"
        )


def _frame(table: pa.Table, rows: int) -> pd.DataFrame:
    """The table as a frame; pandas' own record of an index, which may be wrong, is not heeded.

    Whole numbers beside a missing one stay whole: as floating-point numbers, long ids are others.
    Lists of one value each are that value.
    """
    if not table.column_names:
        return pd.DataFrame(index=range(rows))  # Arrow forgets the number of rows
    for number, field in enumerate(table.schema):
        column = table.column(number)
        if is_list(field.type) and pc.list_value_length(column).unique().to_pylist() == [1]:
            # As torch's batches of one item have its words.
            table = table.set_column(number, field.name, pc.list_flatten(column))
    return table.replace_schema_metadata(None).to_pandas(integer_object_nulls=True)


def _named(frame: pd.DataFrame, name: str, path: Path) -> pd.DataFrame:
    """The frame with the ids of its items, if it has any, in the column `id`, as words."""
    frame = with_ids(frame, path, "text_id" if name == "texts" else "image_id")
    missing = np.flatnonzero(frame["id"].isna()) if "id" in frame else ()
    if len(missing):
        raise InputError(f"{path}: row {missing[0]} has no id; expected one for each item, or none")
    return with_words(frame)
