"""Embeddings in any file that NumPy, pandas, polars, Hugging Face or torch writes by default."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.array_files import ARRAYS, take
from modgap.formats.embeddings import Embeddings, check_rows
from modgap.formats.identity import with_ids
from modgap.formats.sheet import is_number, read_cells
from modgap.formats.tables import read_table
from modgap.formats.text import check_file
from modgap.formats.vector_columns import INDEX, row_name, take_vectors, to_float32

_log = logging.getLogger(__name__)

_OPENING = r"[\[({]+\s*[-+\d.nN]"
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")


def read_vectors(path: str | os.PathLike, name: str) -> Embeddings:
    """Read the embeddings in a file, and what its table says about each.

    Parameters
    ----------
    path
        A file of one of `FORMATS`. Nothing is ever unpickled but what torch calls safe.
    name
        "images" or "texts": picks one of several arrays in a file, and the half of an array (2, n,
        d), whose first half is images and second texts, as published features come. "" for a cloud
        of any kind, of which a file may hold one only.

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
    if path.suffix.lower() in TABLES:
        with readable(path, "readable table"):
            table, metadata = TABLES[path.suffix.lower()](path)
            vectors, rest = take_vectors(table, path, name)
            frame = _named(_frame(rest, len(vectors)), name, path)
    else:
        array, columns = _take(path, name)
        vectors, metadata = _rows(array, path, name)
        fits = len(columns) == len(vectors)
        frame = _named(columns, name, path) if fits else pd.DataFrame(index=range(len(vectors)))
    ids = pa.table({"id": frame["id"].tolist()} if "id" in frame else {})
    check_rows(vectors, str(path), lambda row: row_name(ids, row))
    _refuse_row_numbers(vectors, path)
    return Embeddings(frame, vectors, metadata)


def read_array(path: str | os.PathLike, name: str) -> np.ndarray:
    """The array in a file of one of `ARRAYS`; `name` picks one of several in a .npz or the like.

    Raises `InputError` naming the file: missing, another format, object arrays, no array of that
    name.
    """
    return _take(Path(path), name)[0]


def _take(path: Path, name: str) -> tuple[np.ndarray, pd.DataFrame]:
    check_file(path)
    if path.suffix.lower() not in ARRAYS:
        raise InputError(
            f"{path}: format {path.suffix!r} is not read; expected one of {', '.join(FORMATS)}"
        )
    with readable(path, "plain array of numbers"):
        return take(ARRAYS[path.suffix.lower()](path), path, name)


@contextmanager
def readable(path: str | os.PathLike, what: str) -> Iterator[None]:
    """Turn whatever a reader raises on a bad file into an `InputError` that names the file.

    Readers of foreign formats raise nearly any class on a damaged file (a broken .npy header alone
    eight of them), so no list of classes would do.
    """
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        # Its first sentence: those after it advise to unpickle what one trusts.
        reason = f"{type(error).__name__}: {error}".split("\n")[0].split(". ")[0]
        raise InputError(
            f"{path}: no {what} ({reason}); nothing is ever unpickled. If the file opens "
            "elsewhere, save numbers: numpy.save(file, array.astype('float32'))"
        ) from error


def _parquet(path: Path) -> tuple[pa.Table, dict]:
    return read_table(path)


def _arrow(path: Path) -> tuple[pa.Table, dict]:
    """Arrow's own file and stream formats: Feather, and what Hugging Face's save_to_disk writes."""
    check_file(path)
    with pa.memory_map(str(path)) as file:
        try:
            return pa.ipc.open_file(file).read_all(), {}
        except pa.ArrowInvalid:
            file.seek(0)
            return pa.ipc.open_stream(file).read_all(), {}


def _text_table(path: Path) -> tuple[pa.Table, dict]:
    """A table of numbers as text: with a header (pandas) or without (numpy.savetxt)."""
    rows = read_cells(path)
    names, start = _header([cells for _, cells in rows], path)
    frame = pd.DataFrame([cells for _, cells in rows[start:]], columns=names, dtype=object)
    lines = [number for number, _ in rows[start:]]
    for column in frame:
        if column != "id" and len(frame):
            frame[column] = _cells(frame[column], lines, path)
    if "" in frame:
        # How pandas writes its index: words are ids, else these are row numbers.
        frame = frame.rename(columns={"": INDEX})
    return pa.Table.from_pandas(frame, preserve_index=False), {}


def _cells(column: pd.Series, lines: list[int], path: Path) -> pd.Series:
    """A column of text as numbers or lists of numbers, if that is what it holds."""
    lists = column.str.match(_OPENING)
    if lists.any() and (lists | (column == "")).all():
        return pd.Series(
            [_list(cell, line, path) for cell, line in zip(column, lines, strict=True)]
        )
    numbers = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero(numbers.isna() & ~column.str.lower().isin(("nan", "")))
    if not len(bad):
        return numbers.astype(float)
    comma = column.str.fullmatch(_DECIMAL_COMMA) | (column == "")
    if str(column.name).isdigit() or comma.all():
        raise InputError(
            f"{path}: line {lines[bad[0]]}: {column.iloc[bad[0]]!r} in column {column.name!r} is "
            "no number; numbers are written with a point"
        )
    return column


def _list(cell: str, line: int, path: Path) -> list[float] | None:
    """A list as Python, NumPy or a data base prints it; None for an empty cell."""
    numbers = re.sub(r"np\.float\d+\(([^()]*)\)", r"\1", cell).strip("[](){}")
    try:
        return [float(word) for word in numbers.replace(",", " ").split()] if cell else None
    except ValueError as error:
        raise InputError(
            f"{path}: line {line}: {error}; a list of numbers that was printed in short (1 2 ... "
            "9) has lost the others: save the embeddings in another format"
        ) from error


def _header(rows: list[list[str]], path: Path) -> tuple[list[str], int]:
    """Names of the columns, and the row that data begin in."""
    cells = rows[0]
    numbers = [str(number) for number in range(len(cells))]
    if cells == numbers or cells[1:] == numbers[:-1]:
        return cells, 1
    if all(map(is_number, cells)):
        return (["", *numbers[:-1]] if _counts(rows) else numbers), 0
    if len(cells) > 2 and all(map(is_number, cells[1:])):
        return ["id", *numbers[:-1]], 0
    if all(map(_DECIMAL_COMMA.fullmatch, cells[1:])) and len(cells) > 1:
        return numbers, 0  # for the first cell to be refused
    repeated = [name for name in cells if cells.count(name) > 1]
    if repeated:
        raise InputError(f"{path}: column {repeated[0]!r} appears twice")
    return cells, 1


def _counts(rows: list[list[str]]) -> bool:
    """Whether the first of several columns without names numbers the rows: pandas' index."""
    first = [cells[0] for cells in rows]
    if not all(map(str.isdigit, first)) or len(set(first)) < len(rows) or len(rows) < _FEW:
        return False
    return sum("." in cell for cells in rows for cell in cells[1:]) * 2 > len(rows) * (
        len(rows[0]) - 1
    )


TABLES: dict[str, Callable] = {
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".csv": _text_table,
    ".tsv": _text_table,
    ".txt": _text_table,
}
FORMATS = (*ARRAYS, *TABLES)
# Fewer rows may hold different whole numbers by chance.
_FEW = 5


def _rows(array: np.ndarray, path: Path, name: str) -> tuple[np.ndarray, dict]:
    """The array as (n, d) float32, and whether it is one of two halves."""
    if array.dtype.kind not in "fiu":
        raise InputError(
            f"{path}: dtype {array.dtype}, expected floating-point numbers; convert it with "
            "numpy.array(..., dtype='float32')"
        )
    if array.dtype.kind == "u":
        _log.warning(
            "%s: whole numbers (%s) are taken as they are; codes with an offset or packed bits "
            "are no embeddings before they are decoded",
            path,
            array.dtype,
        )
    shape, metadata = array.shape, {}
    if array.ndim == 3 and len(array) == 2 and array.shape[1] > 1:
        if not name:
            raise InputError(f"{path}: shape {shape} is two clouds; save each in a file of its own")
        half = ("images", "texts").index(name)
        _log.info("%s: shape %s, of which [%d] is taken as the %s", path, shape, half, name)
        array, metadata = array[half], {"half_of": list(shape)}
    elif array.ndim > 2 and 1 in array.shape:
        array = array.reshape([size for size in shape if size != 1])
        _log.info("%s: shape %s is taken as %s", path, shape, array.shape)
    if array.ndim != 2 or array.shape[1] == 0:
        several = "; several texts of an image are rows of their own, with --pairs"
        raise InputError(
            f"{path}: shape {shape}, expected (items, dimensions), or (2, items, dimensions) "
            f"for images and texts in one array{several if array.ndim == 3 else ''}"
        )
    if not len(array):
        raise InputError(f"{path}: holds no rows; expected one embedding per item")
    return to_float32(array), metadata


def _refuse_row_numbers(vectors: np.ndarray, path: Path) -> None:
    """Raise `InputError` if the first dimension is a count of the rows or their ids."""
    first = vectors[:, 0]
    if len(vectors) < _FEW or vectors.shape[1] < 2 or (first % 1 != 0).any():
        return
    fractions = (vectors[:, 1:] % 1 != 0).mean() > 0.5
    if fractions and len(np.unique(first)) == len(first):
        raise InputError(
            f"{path}: the first dimension holds whole numbers, no two alike "
            f"({', '.join(f'{value:g}' for value in first[:3])}, …), as row numbers or ids do; "
            "leave it out, or save it apart: array[:, 1:]"
        )


def _frame(table: pa.Table, rows: int) -> pd.DataFrame:
    """The table as a frame; pandas' own record of an index, which may be wrong, is not heeded."""
    if not table.column_names:
        return pd.DataFrame(index=range(rows))  # Arrow forgets the number of rows
    return table.replace_schema_metadata(None).to_pandas()


def _named(frame: pd.DataFrame, name: str, path: Path) -> pd.DataFrame:
    """The frame with the ids of its items, if it has any, in the column `id`, as words."""
    frame = with_ids(frame, path, "text_id" if name == "texts" else "image_id")
    missing = np.flatnonzero(frame["id"].isna()) if "id" in frame else ()
    if len(missing):
        raise InputError(f"{path}: row {missing[0]} has no id; expected one for each item, or none")
    return frame
