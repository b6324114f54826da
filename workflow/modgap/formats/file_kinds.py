"""What a file really is, by how it begins and ends: for errors about one that is not read."""

import re
import zipfile
from pathlib import Path

import numpy as np

from modgap.formats.packed import format_of, is_packed
from modgap.formats.pointers import POINTER_FAULT, is_pointer

_NUMPY, _ZIP, _PARQUET, _PICKLE = b"\x93NUMPY", b"PK\x03\x04", b"PAR1", b"\x80"
# How files begin, the endings that they are called by, and what is in them.
_KINDS = {
    _NUMPY: ((".npy",), "a NumPy array"),
    _PARQUET: ((".parquet",), "a Parquet table"),
    b"ARROW1": ((".arrow", ".feather"), "an Arrow table"),
    b"\x89HDF\r\n\x1a\n": ((".h5", ".hdf5", ".hdf", ".nc"), "HDF5"),
    b"SQLite format 3\0": ((".db", ".sqlite", ".sqlite3"), "a data base of SQLite"),
}
_ZIPPED = {
    "data.pkl": ((".pt", ".pth"), "tensors of torch.save"),
    ".npy": ((".npz",), "NumPy arrays"),
    "xl/workbook.xml": ((".xlsx",), "a spreadsheet"),
}
_BINARY = (".npy", ".npz", ".safetensors", ".pt", ".pth", ".parquet", ".arrow", ".feather")
_TEXT = (".csv", ".tsv", ".txt", ".vec")
_JSON = re.compile(rb'\s*\[?\s*\{\s*"[^"\n]*"\s*:')
_PAGE = re.compile(rb"\s*<(!doctype html|html)", re.IGNORECASE)
_AGAIN = "fetch it or save it again"


def fault_of(path: Path) -> str | None:
    """What is wrong with a file as a whole, and what to do; None if nothing shows.

    It is empty, cut short, or of another format than its name says.
    """
    if not path.is_file() or is_packed(path):
        return None
    if not path.stat().st_size:
        if format_of(path) not in _BINARY:
            return None  # what reads text says what is expected in it
        return f"no content, an empty file; {_AGAIN}"
    with path.open("rb") as file:
        begin = file.read(4096)
    if is_pointer(begin):
        return POINTER_FAULT
    if _PAGE.match(begin):
        return "a web page, as a server sends in place of a file; fetch the file again"
    endings, what = _kind(path, begin)
    if endings and format_of(path) not in endings:
        return f"not what its name says: it holds {what}; call it {endings[0]}"
    if _is_cut(path, begin):
        what = "a readable Parquet file" if begin.startswith(_PARQUET) else "whole"
        return f"not {what}: its end is missing, it was cut short; {_AGAIN}"
    if not endings and format_of(path) in _BINARY and _is_text(begin):
        return "not what its name says: it holds text; call it .csv, .tsv, .txt or .json"
    if format_of(path) in _TEXT and _JSON.match(begin):
        return "not what its name says: it holds JSON; call it .json"
    return None if endings or format_of(path) != ".npy" else _other_array(begin)


def _other_array(begin: bytes) -> str:
    """What is wrong with a .npy file that does not begin as those of numpy.save do."""
    if begin.startswith(_PICKLE):
        return "a pickle, which may run code; where you trust it, save its array by numpy.save"
    return (
        "not written by numpy.save; plain numbers, as tofile and memmap write them, are an array "
        "once you say which: numpy.save(file, numpy.fromfile(path, dtype).reshape(-1, d))"
    )


def _kind(path: Path, begin: bytes) -> tuple[tuple[str, ...], str]:
    """Endings for what a file holds, and how to call it; () if that is not known."""
    for mark, kind in _KINDS.items():
        if begin.startswith(mark):
            return kind
    if begin.startswith(_ZIP) and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
        for end, kind in _ZIPPED.items():
            if any(name.endswith(end) for name in names):
                return kind
    return (), ""


def _is_cut(path: Path, begin: bytes) -> bool:
    """Whether the end of a file is missing."""
    if begin.startswith(_ZIP):
        return not zipfile.is_zipfile(path)
    if begin.startswith(_NUMPY):
        return _numpy_size(path) > path.stat().st_size
    if begin.startswith(_PARQUET):
        with path.open("rb") as file:
            file.seek(-4, 2)
            return file.read() != _PARQUET
    return False


def _numpy_size(path: Path) -> int:
    """How many bytes a .npy file has by its header; 0 if that cannot be told."""
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            name = f"read_array_header_{version[0]}_0"
            shape, _, dtype = getattr(np.lib.format, name)(file)
            count = int(np.prod(shape, dtype=object))
            return 0 if dtype.hasobject else file.tell() + count * dtype.itemsize
    except Exception:  # a damaged header may raise any class
        return 0


def _is_text(begin: bytes) -> bool:
    """Whether the first bytes of a file are lines of text in UTF-8."""
    text = begin.decode("utf-8", errors="replace").rstrip("\ufffd")
    lines = "\n" in text and "\ufffd" not in text
    return lines and all(sign.isprintable() or sign.isspace() for sign in text)
