"""Caption corpora: files with many captions and no images, for counting words."""

import csv
import gzip
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from modgap.errors import InputError
from modgap.formats.arrow_types import is_text
from modgap.formats.pointers import check_fetched
from modgap.formats.text import check_file, need_columns, stream_lines

_log = logging.getLogger(__name__)
# What a corpus may be, .txt and tables also gzipped (.gz).
_TEXT, _TABLES, _PARQUET = (".txt", ""), (".csv", ".tsv"), ".parquet"
_COLUMN = "caption"


def read_captions(path: str | os.PathLike, column: str = "") -> Iterator[str]:
    """Yield the captions of a corpus in order; the file never stands in memory whole.

    Parameters
    ----------
    path
        A .txt file with a caption per line, or a table whose header names `column`: .csv, .tsv or
        .parquet. All but .parquet may be gzipped (.gz).
    column
        The column of a table; "" is `caption`.

    Raises
    ------
    InputError
        Naming a file that is missing, of another kind or damaged, a column that is not there, and
        the line that is no text, or has fewer or more cells than it should.

    Notes
    -----
    Rows without a caption are left out; how many is logged.
    """
    path, empty = Path(path), 0
    check_file(path)
    for caption in _captions(path, column or _COLUMN):
        if caption and (words := caption.strip()):
            yield words
        else:
            empty += 1
    if empty:
        _log.info("%s: %d rows without a caption left out", path, empty)


def _captions(path: Path, column: str) -> Iterator[str | None]:
    packed = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("") if packed else path).suffix.lower()
    if suffix == _PARQUET and not packed:
        yield from _parquet(path, column)
        return
    if suffix not in (*_TEXT, *_TABLES):
        raise InputError(
            f"{path}: a caption corpus is a .txt file with a caption per line, or a .csv, .tsv or "
            ".parquet table; convert it"
        )
    with gzip.open(path) if packed else path.open("rb") as file:
        if suffix in _TEXT:
            yield from (line for _, line in stream_lines(file, path))
        else:
            yield from _cells(file, path, column, commas=suffix == ".csv")


def _cells(file: BinaryIO, path: Path, column: str, *, commas: bool) -> Iterator[str]:
    quoting = csv.QUOTE_MINIMAL if commas else csv.QUOTE_NONE
    lines = (line + "\n" for _, line in stream_lines(file, path))
    # Strict: a quote that is not closed would make one caption of all that follow.
    reader = csv.reader(lines, delimiter="," if commas else "\t", quoting=quoting, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        need_columns(path, header, [column])
        place = header.index(column)
        for row in reader:
            if row and len(row) <= place:
                raise InputError(f"{path}: line {reader.line_num} ends before column {column!r}")
            if any(row[len(header) :]):
                raise InputError(
                    f"{path}: line {reader.line_num} has {len(row)} cells, the header "
                    f"{len(header)}; a caption that holds the separator stands in double quotes "
                    "(.csv), or has a blank in its place (.tsv)"
                )
            yield row[place] if row else ""
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from error


def _parquet(path: Path, column: str) -> Iterator[str | None]:
    check_fetched(path)
    try:
        with pq.ParquetFile(path) as file:
            need_columns(path, file.schema_arrow.names, [column])
            kind = file.schema_arrow.field(column).type
            kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            if not is_text(kind):
                raise InputError(f"{path}: column {column!r} holds {kind}, expected strings")
            for batch in file.iter_batches(columns=[column]):
                yield from batch.column(0).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error})") from error
