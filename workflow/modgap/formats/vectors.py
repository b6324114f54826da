"""Embeddings in any file that NumPy, pandas, polars, Hugging Face or torch writes by default."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, check_rows
from modgap.formats.identity import with_ids
from modgap.formats.sheet import is_number, read_cells
from modgap.formats.tables import read_table
from modgap.formats.text import check_file
from modgap.formats.vector_columns import INDEX, row_name, take_vectors, to_float32

_log = logging.getLogger(__name__)


def read_vectors(path: str | os.PathLike, name: str) -> Embeddings:
    """Read the embeddings in a file, and what its table says about each.

    Parameters
    ----------
    path
        A file of one of `FORMATS`. Nothing is ever unpickled but what torch calls safe.
    name
        "images" or "texts": picks one of several arrays in a file, and the half of an array (2, n,
        d), whose first half is images and second texts, as published features come.

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
            vectors, rest = take_vectors(table, path, (name, *_ALSO_CALLED.get(name, ())))
            frame = _named(_frame(rest), name, path)
    else:
        vectors, metadata = _rows(read_array(path, name), path, name), {}
        frame = pd.DataFrame(index=range(len(vectors)))
    ids = pa.table({"id": frame["id"].tolist()} if "id" in frame else {})
    check_rows(vectors, str(path), lambda row: row_name(ids, row))
    return Embeddings(frame, vectors, metadata)


def read_array(path: str | os.PathLike, name: str) -> np.ndarray:
    """The array in a file of one of `ARRAYS`; `name` picks one of several in a .npz or the like.

    Raises `InputError` naming the file: missing, another format, object arrays, no array of that
    name.
    """
    path = Path(path)
    check_file(path)
    if path.suffix.lower() not in ARRAYS:
        raise InputError(
            f"{path}: format {path.suffix!r} is not read; expected one of {', '.join(FORMATS)}"
        )
    with readable(path, "plain array of numbers"):
        return ARRAYS[path.suffix.lower()](path, name)


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


def _npy(path: Path, name: str) -> np.ndarray:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _npz(path: Path, name: str) -> np.ndarray:
    with np.load(path, allow_pickle=False) as file:
        return file[_only(path, file.files, name)]


def _safetensors(path: Path, name: str) -> np.ndarray:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        key = _only(path, list(file.keys()), name)
        if file.get_slice(key).get_dtype() != "BF16":
            return file.get_tensor(key)
    return _bfloat16(path, key)


def _bfloat16(path: Path, key: str) -> np.ndarray:
    """NumPy has no bfloat16: its 16 bits are the upper half of a float32."""
    from safetensors import deserialize

    tensor = dict(deserialize(path.read_bytes()))[key]
    halves = np.frombuffer(tensor["data"], "<u2").astype("<u4")
    return (halves << 16).view("<f4").reshape(tensor["shape"])


def _torch(path: Path, name: str) -> np.ndarray:
    try:
        import torch
    except ImportError as error:
        raise InputError(
            f"{path}: a file of torch.save, and torch is not installed; install it, or save the "
            "embeddings with numpy.save(file, tensor.float().cpu().numpy())"
        ) from error
    content = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(content, dict):
        content = content[_only(path, list(content), name)]
    if isinstance(content, list | tuple) and all(map(torch.is_tensor, content)):
        content = torch.stack([tensor.squeeze(0) for tensor in content])
    if not torch.is_tensor(content):
        raise InputError(f"{path}: holds a {type(content).__name__}, expected a tensor (items, d)")
    content = content.detach()
    return (content.float() if content.is_floating_point() else content).numpy()


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
    names, start = _header(rows[0][1]) if rows else ([], 0)
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
    if column.str.startswith("[").all():
        return pd.Series(
            [_list(cell, line, path) for cell, line in zip(column, lines, strict=True)]
        )
    numbers = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero(numbers.isna() & ~column.str.lower().isin(("nan", "")))
    if not len(bad):
        return numbers.astype(float)
    if str(column.name).isdigit():
        raise InputError(
            f"{path}: line {lines[bad[0]]}: {column.iloc[bad[0]]!r} in column {column.name!r} is "
            "no number; numbers are written with a point"
        )
    return column


def _list(cell: str, line: int, path: Path) -> list[float]:
    try:
        return [float(word) for word in cell.strip("[]").replace(",", " ").split()]
    except ValueError as error:
        raise InputError(
            f"{path}: line {line}: {error}; a list of numbers that was printed in short (1 2 ... "
            "9) has lost the others: save the embeddings in another format"
        ) from error


def _header(cells: list[str]) -> tuple[list[str], int]:
    """Names of the columns, and the row that data begin in."""
    numbers = [str(number) for number in range(len(cells))]
    if cells == numbers or cells[1:] == numbers[:-1]:
        return cells, 1
    if all(map(is_number, cells)):
        return numbers, 0
    if len(cells) > 2 and all(map(is_number, cells[1:])):
        return ["id", *numbers[:-1]], 0
    return cells, 1


ARRAYS: dict[str, Callable] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".pt": _torch,
    ".pth": _torch,
}
TABLES: dict[str, Callable] = {
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".csv": _text_table,
    ".tsv": _text_table,
    ".txt": _text_table,
}
FORMATS = (*ARRAYS, *TABLES)

_ALSO_CALLED = {
    "images": ("image", "image_embeddings", "image_embedding", "image_features"),
    "texts": ("text", "text_embeddings", "text_embedding", "text_features"),
}


def _only(path: Path, keys: list, name: str) -> str:
    if len(keys) == 1:
        return keys[0]
    known = [key for key in (name, *_ALSO_CALLED.get(name, ())) if key in keys]
    if len(known) == 1:
        return known[0]
    raise InputError(f"{path}: holds {keys}; expected one array, or one named {name!r}")


def _rows(array: np.ndarray, path: Path, name: str) -> np.ndarray:
    """The array as (n, d) float32."""
    if array.dtype.kind not in "fiu":
        raise InputError(
            f"{path}: dtype {array.dtype}, expected floating-point numbers; convert it with "
            "numpy.array(..., dtype='float32')"
        )
    if array.ndim == 3 and len(array) == 2 and array.shape[1] > 0:
        half = ("images", "texts").index(name)
        _log.info("%s: shape %s, of which [%d] is taken as the %s", path, array.shape, half, name)
        array = array[half]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(
            f"{path}: shape {array.shape}, expected (items, dimensions), or (2, items, dimensions) "
            "for images and texts in one array"
        )
    if not len(array):
        raise InputError(f"{path}: holds no rows; expected one embedding per item")
    return to_float32(array)


def _frame(table: pa.Table) -> pd.DataFrame:
    """The table as a frame; pandas' own record of an index, which may be wrong, is not heeded."""
    return table.replace_schema_metadata(None).to_pandas()


def _named(frame: pd.DataFrame, name: str, path: Path) -> pd.DataFrame:
    """The frame with the ids of its items, if it has any, in the column `id`, as words."""
    frame = with_ids(frame, path, "image_id" if name == "images" else "text_id")
    missing = np.flatnonzero(frame["id"].isna()) if "id" in frame else ()
    if len(missing):
        raise InputError(f"{path}: row {missing[0]} has no id; expected one for each item, or none")
    return frame
