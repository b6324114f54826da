"""Pickle files of others, read without running any code in them."""

import os
import pickle
from pathlib import Path
from typing import Any, BinaryIO

from modgap.errors import InputError
from modgap.formats.pickled_arrays import REBUILDS, Array


def _bytes_of(text: str, encoding: str) -> bytes:
    """Bytes as Python 3 writes them in the format of Python 2."""
    if encoding != "latin1":
        raise InputError(f"pickle file: refused to encode as {encoding!r}; expected arrays only")
    return text.encode(encoding)


class _ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain containers; refuses every other class and function."""

    def find_class(self, module: str, name: str) -> object:
        """What stands in for the part of numpy that rebuilds arrays; `InputError` for others."""
        if module.split(".")[0] == "numpy" and name in REBUILDS:
            return REBUILDS[name]
        if (module, name) == ("_codecs", "encode"):
            return _bytes_of
        raise InputError(f"pickle file: refused to load {module}.{name}; expected arrays only")


def load_pickle(stream: BinaryIO, encoding: str) -> Any:
    """The contents of a stream of pickle; `encoding` of the strings of Python 2, or "bytes".

    Raises `InputError` for whatever is not an array of numbers or words, a number, a string or a
    plain container; of damage whatever class it is that shows it.
    """
    return _rebuilt(_ArraysOnly(stream, encoding=encoding).load())


def _rebuilt(content: Any) -> Any:
    if isinstance(content, Array):
        return content.values
    if isinstance(content, dict):
        return {key: _rebuilt(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return type(content)(map(_rebuilt, content))
    return content


def read_pickle(path: str | os.PathLike) -> Any:
    """The contents of a pickle file of Python 2 or 3; strings of Python 2 come as bytes.

    Raises `InputError` naming the file if it is missing, damaged, or holds anything but numpy
    arrays, numbers, strings and plain containers.
    """
    try:
        with Path(path).open("rb") as file:
            return load_pickle(file, "bytes")
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # a damaged stream may raise any class
        raise InputError(f"{path}: not a readable pickle file ({error})") from error
