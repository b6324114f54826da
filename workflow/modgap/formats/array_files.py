"""Files of arrays: which of several in a file is meant, and what goes with its rows."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.sides import SIDES, is_vectors, meant, side_of

_log = logging.getLogger(__name__)

_SHOWN = 10


@dataclass(frozen=True)
class Arrays:
    """What a file holds: names, and each array as it is asked for."""

    names: list
    load: Callable[[Any], np.ndarray]


def take(arrays: Arrays, path: Path, name: str) -> tuple[np.ndarray, pd.DataFrame]:
    """The array that `name` means, and arrays of one value per row of it, as columns.

    Parameters
    ----------
    arrays
        The file's.
    path
        What errors and the log call it.
    name
        "images" or "texts"; or the very name of an array, such as "pairs".

    Raises
    ------
    InputError
        If no array is meant, or several may be; if ids are Python objects, which are not read.
    """
    chosen = _only(arrays.names, path, name)
    array = arrays.load(chosen)
    others = [known for known in arrays.names if known != chosen]
    columns, unread = {}, []
    for other in others:
        column = None if is_vectors(other) else _column(arrays, other, path)
        if column is not None and array.ndim and column.shape == array.shape[:1]:
            columns[str(other)] = column
        else:
            unread.append(other)
    if others:
        rest = f", {_listed(unread)} not read" if unread else ""
        _log.info("%s: array %r taken as the %s%s", path, chosen, name, rest)
    if side_of(chosen) not in (None, name) and name in ("images", "texts"):
        _log.warning("%s: array %r is taken as the %s", path, chosen, name)
    return array, pd.DataFrame(columns)


def _only(names: list, path: Path, name: str) -> Any:
    if name in names and name not in SIDES:
        return name
    vectors = [known for known in names if is_vectors(known)]
    for choices in (names, vectors, meant(names, name)):
        if len(choices) == 1:
            return choices[0]
    if name in names:
        return name
    raise InputError(f"{path}: holds {_listed(names)}; expected one array, or one named {name!r}")


def _listed(names: list) -> str:
    return str(names) if len(names) <= _SHOWN else f"{str(names[:_SHOWN])[:-1]}, … {len(names)}]"


def _column(arrays: Arrays, name: Any, path: Path) -> np.ndarray | None:
    """An array of ids, paths, labels, …; None if it is none."""
    try:
        column = arrays.load(name)
    except InputError:
        return None
    except ValueError as error:
        raise InputError(
            f"{path}: array {name!r} holds Python objects, which are not read: save it with "
            "numpy.array(..., dtype=str), or leave it out if the rows match in order"
        ) from error
    return column if column.dtype.kind in "iuUS" else None


def _npy(path: Path) -> Arrays:
    return Arrays([""], lambda _: np.load(path, mmap_mode="r", allow_pickle=False))


def _npz(path: Path) -> Arrays:
    def load(name: str) -> np.ndarray:
        with np.load(path, allow_pickle=False) as file:
            return file[name]

    with np.load(path, allow_pickle=False) as file:
        if {"data", "indices", "indptr", "shape"} <= set(file.files):
            raise InputError(
                f"{path}: a sparse matrix of SciPy; save it whole: numpy.save(file, "
                "scipy.sparse.load_npz(path).toarray())"
            )
        return Arrays(list(file.files), load)


def _safetensors(path: Path) -> Arrays:
    from safetensors import safe_open

    def load(name: str) -> np.ndarray:
        with safe_open(path, framework="numpy") as file:
            if file.get_slice(name).get_dtype() != "BF16":
                return file.get_tensor(name)
        return _bfloat16(path, name)

    with safe_open(path, framework="numpy") as file:
        return Arrays(list(file.keys()), load)


def _bfloat16(path: Path, key: str) -> np.ndarray:
    """NumPy has no bfloat16: its 16 bits are the upper half of a float32."""
    from safetensors import deserialize

    tensor = dict(deserialize(path.read_bytes()))[key]
    halves = np.frombuffer(tensor["data"], "<u2").astype("<u4")
    return (halves << 16).view("<f4").reshape(tensor["shape"])


def _torch(path: Path) -> Arrays:
    try:
        import torch
    except ImportError as error:
        raise InputError(
            f"{path}: a file of torch.save, and torch is not installed; install it, or save the "
            "embeddings with numpy.save(file, tensor.float().cpu().numpy())"
        ) from error
    content = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(content, dict) and _is_item_by_item(content):
        content = {"ids": list(map(str, content)), "embeddings": list(content.values())}
    if not isinstance(content, dict):
        content = {"": content}
    return Arrays(list(content), lambda name: _plain(content[name], path))


def _is_item_by_item(content: dict) -> bool:
    """Whether a dictionary holds one vector by the name of each item."""
    import torch

    vectors = [value.squeeze(0) for value in content.values() if torch.is_tensor(value)]
    shapes = {tuple(vector.shape) for vector in vectors}
    if not 2 < len(vectors) == len(content) or len(shapes) != 1:
        return False
    (shape,) = shapes
    return len(shape) == 1 and shape[0] > 1


def _plain(content: Any, path: Path) -> np.ndarray:
    """A tensor, a list of tensors (items or batches), of words or of numbers as an array."""
    import torch

    if isinstance(content, list | tuple) and content:
        if all(map(torch.is_tensor, content)):
            content = _joined(content, path)
        elif all(isinstance(item, str | int | float | list) for item in content):
            return np.array(content)
    if not torch.is_tensor(content):
        raise InputError(f"{path}: holds a {type(content).__name__}, expected a tensor (items, d)")
    content = content.detach().to_dense()
    return (content.float() if content.is_floating_point() else content).numpy()


def _joined(tensors: list | tuple, path: Path) -> Any:
    """Items one below the other, batches one behind the other, images and texts as two halves."""
    import torch

    if all(tensor.ndim == 1 or len(tensor) == 1 for tensor in tensors):
        return torch.stack([tensor.squeeze(0) for tensor in tensors])
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if len(shapes) == 2 and shapes[0] == shapes[1]:
        return torch.stack(list(tensors))
    if len(shapes) == 2 or any(len(shape) != 2 for shape in shapes):
        raise InputError(
            f"{path}: holds tensors of shapes {_listed(shapes)}; put batches together with "
            "torch.cat, or save {'images': …, 'texts': …}"
        )
    _log.info("%s: %d batches put one behind the other", path, len(shapes))
    return torch.cat(list(tensors))


ARRAYS: dict[str, Callable[[Path], Arrays]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".pt": _torch,
    ".pth": _torch,
}
