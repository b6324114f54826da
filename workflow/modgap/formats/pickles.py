"""Pickle files of others, read without running any code in them."""

import os
import pickle
from pathlib import Path

import numpy as np

from modgap.errors import InputError

# The functions that arrays and their numbers are rebuilt with; none runs code of the file. Taken
# from what numpy itself writes: the modules that hold them were renamed in numpy 2.
_REBUILDS = {
    "_reconstruct": np.empty(0).__reduce__()[0],
    "_frombuffer": np.empty(0).__reduce_ex__(5)[0],
    "scalar": np.uint8(0).__reduce__()[0],
}


def _bytes_of(text: str, encoding: str) -> bytes:
    """Bytes as Python 3 writes them in the format of Python 2."""
    if encoding != "latin1":
        raise InputError(f"pickle file: refused to encode as {encoding!r}; expected arrays only")
    return text.encode(encoding)


class ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain containers; refuses every other class and function."""

    def find_class(self, module: str, name: str) -> object:
        """The numpy parts an array is rebuilt from; `InputError` for anything else."""
        if module.split(".")[0] == "numpy" and name in _REBUILDS:
            return _REBUILDS[name]
        if (module, name) == ("_codecs", "encode"):
            return _bytes_of
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
    except Exception as error:  # a damaged stream may raise any class
        raise InputError(f"{path}: not a readable pickle file ({error})") from error
