"""What every statistic asks of its input."""

from typing import Any

import numpy as np

from modgap.errors import InputError


def vector(name: str, values: Any) -> np.ndarray:
    """`values` (array, list, Series or tensor, shape (n,)) as float64.

    Raises `InputError` naming the argument `name`, and the first row that is not finite.
    """
    if hasattr(values, "detach"):  # a torch tensor, without importing torch
        values = values.detach().cpu().double().numpy()
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "biuf":
        raise InputError(
            f"{name}: shape {array.shape} of {array.dtype}; expected one number per row, shape (n,)"
        )
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array))[0])
        raise InputError(
            f"{name}: row {row} is {array[row]}, expected finite numbers; drop such rows first"
        )
    return array


def same_length(**vectors: np.ndarray) -> None:
    """Raise `InputError` naming the arguments unless all have the same number of rows."""
    lengths = {name: len(values) for name, values in vectors.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InputError(f"{listed} rows; expected the same number, row i belonging to row i")


def check_resampling(resamples: int, confidence: float) -> None:
    """Raise `InputError` unless resamples ≥ 99 and 0 < confidence < 1."""
    if int(resamples) != resamples or resamples < 99:
        raise InputError(f"resamples: {resamples}; expected a whole number of at least 99")
    if not 0 < confidence < 1:
        raise InputError(f"confidence: {confidence}; expected a share between 0 and 1, e.g. 0.95")
