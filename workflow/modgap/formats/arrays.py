"""NumPy arrays on disk: read with a clear error, written whole."""

import os

import numpy as np

from modgap.errors import InputError
from modgap.formats.files import whole_file


def read_array(path: str | os.PathLike) -> np.ndarray:
    """Read a .npy file; `InputError` naming the file if it is missing, cut short or no array."""
    try:
        return np.load(path, allow_pickle=False)
    # A damaged header raises nearly any class: SyntaxError, TokenError, UnicodeDecodeError, …
    except Exception as error:
        raise InputError(
            f"{path}: not a readable .npy array ({error}); delete it and run again to make it anew"
        ) from error


def write_array(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write `array` as .npy, whole or not at all."""
    with whole_file(path) as partial:
        np.save(partial, array)


def is_vector(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape may be the embedding of one item: (d,) or (1, d).

    >>> is_vector((512,)), is_vector((1, 512)), is_vector((2, 512)), is_vector(())
    (True, True, False, False)
    """
    return len(shape) in (1, 2) and shape[-1] > 1 and (len(shape) == 1 or shape[0] == 1)
