"""The idx file format of MNIST: a big-endian header, then unsigned bytes."""

import gzip
import zlib

import numpy as np

from modgap.errors import InputError

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTES = 0x08


def read_idx(data: bytes, name: str) -> np.ndarray:
    """The uint8 array in the bytes of an idx file, gzipped or not; `name` is for errors.

    Raises `InputError` for a wrong magic number and for data shorter or longer than the header
    says.
    """
    if data[:2] == _GZIP:
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(
                f"{name}: damaged or truncated gzip file ({error}); fetch it again"
            ) from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != _UNSIGNED_BYTES or data[3] == 0:
        raise InputError(
            f"{name}: no idx file of unsigned bytes; it starts with {data[:4].hex(' ')}, "
            "expected 00 00 08 and the number of dimensions"
        )
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise InputError(f"{name}: truncated within its header ({len(data)} bytes); fetch it again")
    shape = tuple(np.frombuffer(data, dtype=">u4", count=data[3], offset=4).tolist())
    expected = start + int(np.prod(shape, dtype=object))
    if len(data) != expected:
        state = "truncated" if len(data) < expected else "too long"
        raise InputError(
            f"{name}: {state}: {len(data)} bytes, its header {shape} asks for {expected}; "
            "fetch it again"
        )
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)
