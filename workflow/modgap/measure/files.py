"""Embeddings that somebody else made: files of arrays → the metric table."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import read_embeddings
from modgap.measure.inputs import inputs_of_arrays
from modgap.measure.table import measure_pair, metric_table

_TABLES = {".csv": ",", ".tsv": "\t"}


def measure_files(
    images: str | os.PathLike,
    texts: str | os.PathLike,
    pairs: str | os.PathLike | None = None,
    labels: str | os.PathLike | None = None,
    *,
    seed: int = 0,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The metric table of two files of embeddings, one per modality, rows = items.

    `images`, `texts`: .npy, .npz (one array, or one of that name), .parquet (a column `embedding`),
    .safetensors; nothing is ever unpickled. `pairs`: two integer columns, image row and text row
    (.npy, .npz, .csv, .tsv with a header); by default row i matches row i. `labels`: one row per
    image (.csv, .tsv, .parquet with a header): the first column is the object, the others are
    attributes. Without `pairs` and `labels`, two embedding files of this study are measured with
    all that is in them. Columns and rows as `measure_pair`.

    Raises `InputError` naming the file, and the row where there is one.
    """
    settings = {"seed": seed, "resamples": resamples, "confidence": confidence}
    if pairs is None and labels is None and _of_study(texts):
        return measure_pair(read_embeddings(images), read_embeddings(texts), **settings)
    x, y = read_array(images, "images"), read_array(texts, "texts")
    rows = None if pairs is None else _read_pairs(pairs)
    known = None if labels is None else _read_labels(labels, len(x))
    inputs = inputs_of_arrays(x, y, rows, known, Path(images).stem)
    return metric_table(inputs, **settings)


def read_array(path: str | os.PathLike, name: str) -> np.ndarray:
    """The array in a file of one of `FORMATS`; `name` picks one of several in a .npz or the like.

    Raises `InputError` naming the file: missing, another format, object arrays, no array of that
    name.
    """
    path = Path(path)
    if path.suffix not in _READERS:
        raise InputError(f"{path}: format {path.suffix!r} is not read; expected one of {FORMATS}")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        return _READERS[path.suffix](path, name)
    except InputError:
        raise
    except (ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: no plain array of numbers ({error}); arrays of objects are never unpickled, "
            "save numbers with numpy.save(file, array.astype('float32'))"
        ) from error


def _npy(path: Path, name: str) -> np.ndarray:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _npz(path: Path, name: str) -> np.ndarray:
    with np.load(path, allow_pickle=False) as file:
        return file[_only(path, file.files, name)]


def _safetensors(path: Path, name: str) -> np.ndarray:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return file.get_tensor(_only(path, list(file.keys()), name))
    except SafetensorError as error:
        raise ValueError(error) from error


_READERS = {
    ".npy": _npy,
    ".npz": _npz,
    ".parquet": lambda path, name: read_embeddings(path).vectors,
    ".safetensors": _safetensors,
}
FORMATS = tuple(_READERS)


def _only(path: Path, keys: list[str], name: str) -> str:
    if len(keys) == 1:
        return keys[0]
    if name in keys:
        return name
    raise InputError(f"{path}: holds {keys}; expected one array, or one named {name!r}")


def _of_study(texts: str | os.PathLike) -> bool:
    """Whether the texts say what they are, as embedding files of this study do."""
    return Path(texts).suffix == ".parquet" and "kind" in read_embeddings(texts).table


def _read_pairs(path: str | os.PathLike) -> np.ndarray:
    if Path(path).suffix in _TABLES:
        return _read_table(path).to_numpy()
    return read_array(path, "pairs")


def _read_labels(path: str | os.PathLike, images: int) -> pd.DataFrame:
    frame = _read_table(path)
    if len(frame) != images:
        raise InputError(f"{path}: {len(frame)} rows of labels for {images} images")
    return frame


def _read_table(path: str | os.PathLike) -> pd.DataFrame:
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix in _TABLES:
            return pd.read_csv(path, sep=_TABLES[path.suffix])
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: not a readable table ({error})") from error
    raise InputError(f"{path}: expected a table with a header: .csv, .tsv or .parquet")
