"""Files of arrays: the names in them, and each array as NumPy has it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from modgap.errors import InputError

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
    batched = [name for name, value in content.items() if _are_two_alike(value)]
    return Arrays(list(content), lambda name: _plain(content[name], path), batched)


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
