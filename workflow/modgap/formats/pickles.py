"""Pickle files of others, read without running any code in them."""

import os
import pickle
from pathlib import Path

import numpy as np

from modgap.errors import InputError


class ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain containers; refuses every other class and function."""

    def find_class(self, module: str, name: str) -> object:
        """The numpy parts an array is rebuilt from; `InputError` for anything else."""
        if module.split(".")[0] == "numpy" and name == "_reconstruct":
            # Taken from an array: the module that holds it was renamed in numpy 2.
            return np.empty(0).__reduce__()[0]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise InputError(f"pickle file: refused to load {module}.{name}; expected arrays only")


def read_pickle(path: str | os.PathLike) -> object:
    """The contents of a pickle file of Python 2 or 3; strings of Python 2 come as bytes.

    Raises `InputError` naming the file if it is missing, damaged, or holds anything but numpy
    arrays, numbers, strings and plain containers.
    """
    try:
        with Path(path).open("rb") as file:
            return ArraysOnly(file, encoding="bytes").load()
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (OSError, EOFError, pickle.UnpicklingError, ValueError, TypeError, IndexError) as error:
        raise InputError(f"{path}: not a readable pickle file ({error})") from error
