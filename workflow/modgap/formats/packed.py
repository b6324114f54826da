"""Files that gzip packed (table.csv.gz), unpacked in memory: never to more than is honest."""

import gzip
import os
import zlib
from pathlib import Path

from modgap.errors import InputError

# What unpacks to more than this, and to more than so many times its own size, is a bomb.
_HARMLESS = 1 << 30
_GROWTH = 200
_GZIP = b"\x1f\x8b"


def most_unpacked(packed: int) -> int:
    """How many bytes a file of so many packed bytes may unpack to."""
    return max(_HARMLESS, _GROWTH * packed)


def is_packed(path: str | os.PathLike) -> bool:
    """Whether a name says that gzip packed the file."""
    return Path(path).suffix.lower() == ".gz"


def format_of(path: str | os.PathLike) -> str:
    """The ending of a name that says the format, in lower case; of packed files that before ".gz".

    >>> format_of("a.CSV"), format_of("a.b.csv.gz")
    ('.csv', '.csv')
    """
    path = Path(path)
    return (path.with_suffix("") if is_packed(path) else path).suffix.lower()


def stem_of(path: str | os.PathLike) -> str:
    """A name without what says its format.

    >>> stem_of("clip/images.csv.gz"), stem_of("clip/vit-b.16.npy")
    ('images', 'vit-b.16')
    """
    path = Path(path)
    return Path(path.stem).stem if is_packed(path) else path.stem


def read_unpacked(path: str | os.PathLike) -> bytes:
    """The content of a file, unpacked if its name says that it is packed.

    Raises
    ------
    InputError
        Naming the file: called .gz and not packed, damaged, cut short, or one that unpacks to far
        more than an honest file.
    OSError
        If the file itself is not readable.
    """
    path = Path(path)
    data = path.read_bytes()
    if not is_packed(path):
        return data
    if not data.startswith(_GZIP):
        raise InputError(
            f"{path}: is called .gz and not packed by gzip (a browser may have unpacked it); name "
            f"it {path.stem}"
        )
    limit = most_unpacked(len(data))
    del data
    try:
        with gzip.open(path) as file:
            unpacked = file.read(limit + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(
            f"{path}: damaged or cut short ({error}); pack it or fetch it again"
        ) from error
    if len(unpacked) > limit:
        raise InputError(
            f"{path}: {path.stat().st_size:,} bytes unpack to more than {limit:,}; expected "
            "a table of text. Check where it comes from, or unpack it yourself"
        )
    return unpacked
