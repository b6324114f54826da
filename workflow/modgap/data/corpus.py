"""Caption corpora: files with many captions and no images, for counting words."""

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from modgap.errors import InputError


def read_captions(path: str | os.PathLike, column: str = "") -> Iterator[str]:
    """The captions of a corpus, one at a time, in order; the file never stands in memory whole.

    `path`: a text file with a caption per line, or with `column` a table whose header names that
    column (.csv separated by commas, anything else by tabs); either may be gzipped (.gz). Empty
    captions are left out. Raises `InputError` for a missing file, column or cell.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; point the configuration at the caption corpus")
    with _open(path) as file:
        captions = _cells(file, path, column) if column else file
        yield from (text for text in map(str.strip, captions) if text)


def _open(path: Path) -> TextIO:
    opened = gzip.open if path.suffix == ".gz" else open
    return opened(path, "rt", encoding="utf-8", errors="replace", newline=None)


def _cells(file: TextIO, path: Path, column: str) -> Iterator[str]:
    commas = path.name.removesuffix(".gz").endswith(".csv")
    quoting = csv.QUOTE_MINIMAL if commas else csv.QUOTE_NONE
    reader = csv.reader(file, delimiter="," if commas else "\t", quoting=quoting)
    header = next(reader, [])
    if column not in header:
        raise InputError(f"{path}: no column {column!r}; it has {header}")
    place = header.index(column)
    for row in reader:
        if len(row) <= place:
            raise InputError(f"{path}: line {reader.line_num} ends before column {column!r}")
        yield row[place]
