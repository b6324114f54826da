"""Files of arrays: the names in them, and each array as NumPy has it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.formats.arrays import is_vector
from modgap.formats.part_names import in_number_order
from modgap.formats.torch_arrays import numpy_globals, without_arrays
from modgap.formats.torch_content import by_name

_log = logging.getLogger(__name__)

_SHOWN = 10


@dataclass(frozen=True)
class Arrays:
    """What a file holds: names, each array as it is asked for, and which are two equal batches."""

    names: list
    load: Callable[[Any], np.ndarray]
    batched: list = field(default_factory=list)


def listed(names: list) -> str:
    """Names as errors and the log write them, the first ones of many."""
    return str(names) if len(names) <= _SHOWN else f"{str(names[:_SHOWN])[:-1]}, … {len(names)}]"


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
        if len(file.files) > 2 and _are_items([_header(file, name) for name in file.files]):
            return _by_item(dict(file), path)
        return Arrays(list(file.files), load)


def _header(file: Any, name: str) -> tuple[tuple[int, ...], str]:
    """The shape and the kind of an array of an open .npz, which may be large, without its rows."""
    try:
        with file.zip.open(f"{name}.npy") as array:
            version = np.lib.format.read_magic(array)
            shape, _, dtype = getattr(np.lib.format, f"read_array_header_{version[0]}_0")(array)
            return shape, dtype.kind
    except Exception:  # no array, which is said if it is the one that is meant
        return (), ""


def _safetensors(path: Path) -> Arrays:
    from safetensors import safe_open

    def load(name: str) -> np.ndarray:
        with safe_open(path, framework="numpy") as file:
            return _tensors(file, [name], path)[name]

    with safe_open(path, framework="numpy") as file:
        names = in_number_order(list(file.keys()))  # the file has "10" before "2"
        parts = map(file.get_slice, names)
        if _are_items([(tuple(part.get_shape()), _kind(part.get_dtype())) for part in parts]):
            return _by_item(_tensors(file, names, path), path)
        return Arrays(names, load)


def _tensors(file: Any, names: list[str], path: Path) -> dict[str, np.ndarray]:
    """Tensors of an open file by name."""
    halves = {name for name in names if file.get_slice(name).get_dtype() == "BF16"}
    stored = {}
    if halves:
        from safetensors import deserialize

        stored = dict(deserialize(path.read_bytes()))  # the whole file: once for all of them
    return {
        name: _from_bfloat16(stored[name]) if name in halves else file.get_tensor(name)
        for name in names
    }


def _from_bfloat16(tensor: dict) -> np.ndarray:
    """NumPy has no bfloat16: its 16 bits are the upper half of a float32."""
    halves = np.frombuffer(tensor["data"], "<u2").astype("<u4")
    return (halves << 16).view("<f4").reshape(tensor["shape"])


def _kind(dtype: str) -> str:
    """NumPy's letter for the kind of a type as safetensors call it: "BF16" and "F32" are "f"."""
    return "f" if dtype.removeprefix("B").startswith("F") else "i"


def _are_items(arrays: list[tuple[tuple[int, ...], str]]) -> bool:
    """Whether arrays of these shapes and kinds are a vector for each item, no columns of a table.

    Columns of labels or ids are of whole numbers.
    """
    shapes, kinds = zip(*arrays, strict=True) if arrays else ((), ())
    return (
        len(shapes) > 2 and len(set(shapes)) == 1 and set(kinds) == {"f"} and is_vector(shapes[0])
    )


def _by_item(arrays: dict[str, np.ndarray], path: Path) -> Arrays:
    """Vectors by the name of their item, as a table of both."""
    _log.info("%s: %d arrays taken as embeddings, their names as the ids", path, len(arrays))
    columns = {"ids": np.array(list(arrays)), "embeddings": np.stack(list(arrays.values()))}
    columns["embeddings"] = columns["embeddings"].reshape(len(arrays), -1)
    return Arrays(list(columns), columns.__getitem__)


def _torch(path: Path) -> Arrays:
    try:
        import torch
    except ImportError as error:
        raise InputError(
            f"{path}: a file of torch.save, and torch is not installed; install it, or save the "
            "embeddings with numpy.save(file, tensor.float().cpu().numpy())"
        ) from error
    with torch.serialization.safe_globals(numpy_globals()):
        try:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
        except UnpicklingError as error:
            classes = sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
            if not classes:
                raise
            raise InputError(
                f"{path}: no plain array or tensor, for it needs {listed(classes)}; nothing but "
                "arrays, tensors, words, numbers, lists and dictionaries is ever unpickled: save "
                "{'ids': names, 'embeddings': tensor}"
            ) from error
    content = by_name(without_arrays(loaded))
    batched = [name for name, value in content.items() if _are_two_alike(value)]
    return Arrays(list(content), lambda name: _plain(content[name], path), batched)


def _plain(content: Any, path: Path) -> np.ndarray:
    """A tensor, a list of tensors (items or batches), of words or of numbers as an array."""
    import torch

    if isinstance(content, list | tuple) and content:
        if all(map(torch.is_tensor, content)):
            content = _joined(content, path)
        elif all(isinstance(item, str | int | float | list) for item in content):
            return np.array(content)
    if not torch.is_tensor(content):
        raise InputError(
            f"{path}: holds a {type(content).__name__}, expected a tensor (items, d); save "
            "{'ids': names, 'embeddings': tensor}"
        )
    content = content.detach().to_dense()
    known = (torch.float16, torch.float32, torch.float64)  # NumPy has no bfloat16
    if content.is_floating_point() and content.dtype not in known:
        content = content.float()
    return content.numpy()


def _joined(tensors: list | tuple, path: Path) -> Any:
    """Items one below the other, batches one behind the other, images and texts as two halves."""
    import torch

    if all(tensor.ndim < 2 or len(tensor) == 1 for tensor in tensors):
        return torch.stack([tensor.squeeze(0) for tensor in tensors])
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if _are_two_alike(tensors):
        return torch.stack(list(tensors))
    if len(shapes) == 2 or any(len(shape) != 2 for shape in shapes):
        raise InputError(
            f"{path}: holds tensors of shapes {listed(shapes)}; put batches together with "
            "torch.cat, or save {'images': …, 'texts': …}"
        )
    _log.info("%s: %d batches put one behind the other", path, len(shapes))
    return torch.cat(list(tensors))


def _are_two_alike(content: Any) -> bool:
    """Whether this is a list of two tensors of one shape: images and texts, or two batches."""
    import torch

    if not isinstance(content, list | tuple) or not all(map(torch.is_tensor, content)):
        return False
    return len(content) == 2 and content[0].shape == content[1].shape and content[0].ndim > 1


ARRAYS: dict[str, Callable[[Path], Arrays]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".pt": _torch,
    ".pth": _torch,
}
