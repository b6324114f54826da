"""NumPy's arrays as they are pickled, of which a file may call nothing of NumPy's own.

NumPy's functions take types and memory as a file gives them, objects at any address too.
"""

import re
from typing import Any

import numpy as np

# Numbers, words, and times, whose unit stands apart; no objects and no records of them.
_PLAIN = re.compile(r"[?bBhHiIlLqQefdgFDGiufcSUMm]\d*", re.ASCII)


class Kind:
    """The type of an array, as `numpy.dtype` is pickled."""

    def __init__(self, code: str | bytes, *_: Any) -> None:
        code = _text(code)
        if not (isinstance(code, str) and _PLAIN.fullmatch(code)):
            raise TypeError(f"an array of type {code!r}, expected numbers or words")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        order, *rest = state[1:]
        if self.dtype.kind in "mM":
            unit, count = rest[-1][1][:2]
            self.dtype = np.dtype(f"{self.dtype.char}8[{int(count)}{_text(unit)}]")
        self.dtype = self.dtype.newbyteorder({">": ">", "<": "<"}.get(_text(order), "="))


class Array:
    """An array, as `numpy.ndarray` is pickled; `values` once it is rebuilt."""

    def __init__(self, *_: Any) -> None:
        self.values = np.empty(0)

    def __setstate__(self, state: tuple) -> None:
        _, shape, kind, by_columns, data = state
        # What Python 2 pickled may come as text.
        data = data.encode("latin1") if isinstance(data, str) else data
        order = "F" if by_columns else "C"
        self.values = np.ndarray(shape, kind.dtype, data, order=order).copy(order)


def _from_buffer(data: bytes, kind: Kind, shape: tuple, order: str, *_: Any) -> Array:
    array = Array()
    array.__setstate__((1, shape, kind, order == "F", data))
    return array


def _scalar(kind: Kind, data: bytes | str) -> Any:
    data = data.encode("latin1") if isinstance(data, str) else data
    return np.frombuffer(data, kind.dtype, 1)[0].item()


def _text(value: str | bytes) -> str | Any:
    return value.decode("latin1") if isinstance(value, bytes) else value


# What rebuilds arrays, by its name in the modules of NumPy 1 and 2.
REBUILDS = {
    "dtype": Kind,
    "ndarray": Array,
    "_reconstruct": Array,
    "_frombuffer": _from_buffer,
    "scalar": _scalar,
}
