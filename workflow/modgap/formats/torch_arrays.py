"""NumPy's arrays in what torch.save kept."""

from typing import Any

from modgap.formats.pickled_arrays import REBUILDS, Array


def numpy_globals() -> list[tuple[Any, str]]:
    """What torch is to rebuild NumPy's arrays of numbers and words with, by the names in files."""
    named = [(REBUILDS[name], f"numpy.{name}") for name in ("dtype", "ndarray")]
    for module in ("numpy.core.multiarray", "numpy._core.multiarray"):  # of NumPy 1 and 2
        named += [(REBUILDS[name], f"{module}.{name}") for name in ("_reconstruct", "scalar")]
    return named


def without_arrays(content: Any) -> Any:
    """The content with NumPy's arrays of numbers as tensors, and those of words as lists."""
    import torch

    if isinstance(content, Array):
        values = content.values.astype(content.values.dtype.newbyteorder("="))
        return torch.from_numpy(values) if values.dtype.kind in "fiub" else values.tolist()
    if isinstance(content, dict):
        return {name: without_arrays(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [without_arrays(value) for value in content]
    return content
