"""TIFF files that Pillow does not write, byte by byte."""

import struct

import numpy as np

_SHORT, _LONG = 3, 4


def tiff(
    values: np.ndarray,
    *,
    photometric: int,
    sign: int = 1,
    apart: bool = False,
    more: dict[int, tuple[int, list[int]]] | None = None,
) -> bytes:
    """An uncompressed little-endian TIFF of (height, width) or (height, width, channels) values.

    `photometric`: 0 where 0 is white, 1 where it is black, 2 for colours. `sign`: 1 for integers
    from 0, 2 for integers with a sign, 3 for floats. `apart`: a plane for each channel.
    `more`: other tags.
    """
    height, width, channels = (*values.shape, 1)[:3]
    data = (np.moveaxis(values, -1, 0) if apart else values).tobytes()
    planes = channels if apart else 1
    size = len(data) // planes
    tags = {
        256: (_LONG, [width]),
        257: (_LONG, [height]),
        258: (_SHORT, [values.dtype.itemsize * 8] * channels),
        259: (_SHORT, [1]),
        262: (_SHORT, [photometric]),
        273: (_LONG, [8 + plane * size for plane in range(planes)]),
        277: (_SHORT, [channels]),
        278: (_LONG, [height]),
        279: (_LONG, [size] * planes),
        284: (_SHORT, [2 if apart else 1]),
        339: (_SHORT, [sign] * channels),
    } | (more or {})
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + _directory(tags, 8 + len(data))


def tiff_of_12_bits(values: np.ndarray) -> bytes:
    """Gray values (height, even width) up to 4,095, two of them in three bytes."""
    one, other = values[:, ::2].astype(np.uint16), values[:, 1::2].astype(np.uint16)
    parts = [one >> 4, (one & 15) << 4 | other >> 8, other & 255]
    data = np.stack(parts, axis=-1).astype(np.uint8).tobytes()
    height, width = values.shape
    tags = {
        256: (_LONG, [width]),
        257: (_LONG, [height]),
        258: (_SHORT, [12]),
        259: (_SHORT, [1]),
        262: (_SHORT, [1]),
        273: (_LONG, [8]),
        277: (_SHORT, [1]),
        278: (_LONG, [height]),
        279: (_LONG, [len(data)]),
    }
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + _directory(tags, 8 + len(data))


def _directory(tags: dict[int, tuple[int, list[int]]], place: int) -> bytes:
    beyond = place + 2 + 12 * len(tags) + 4
    entries, more = b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}{'H' if kind == _SHORT else 'I'}", *values)
        if len(packed) > 4:
            where = struct.pack("<I", beyond + len(more))
            more += packed
        else:
            where = packed.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, len(values)) + where
    return struct.pack("<H", len(tags)) + entries + b"\0" * 4 + more
