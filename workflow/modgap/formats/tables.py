"""Result tables: Parquet with one JSON record of metadata, written whole; read back as frames."""

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from modgap.errors import InputError
from modgap.formats.files import whole_file
from modgap.formats.text import check_file, read_text

_KEY = b"modgap"
# Columns of names: a model called "7" is no number.
_NAMES = ("model", "dataset", "split", "metric", "modality")


def write_table(path: str | os.PathLike, table: pa.Table, metadata: dict) -> None:
    """Write `table` to `path` with `metadata` (JSON-serialisable) in its schema."""
    with whole_file(path) as partial:
        table = table.replace_schema_metadata({_KEY: json.dumps(metadata).encode()})
        # With a sum per page: a bit that flips on a disk is seen when the table is read.
        pq.write_table(table, partial, compression="zstd", write_page_checksum=True)


def read_table(path: str | os.PathLike, columns: list[str] | None = None) -> tuple[pa.Table, dict]:
    """Read a table and its metadata record ({} if it has none).

    Raises `InputError` if the file is missing, damaged or not Parquet.
    """
    check_file(path)
    try:
        # Not pq.read_table: that would take folder names such as split=test for columns.
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read(columns=columns)
        record = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error})") from error
    return table, record


def write_frame(path: str | os.PathLike, frame: pd.DataFrame, metadata: dict) -> None:
    """Write a data frame without its index as `write_table` does."""
    write_table(path, pa.Table.from_pandas(frame, preserve_index=False), metadata)


def read_frames(paths: Sequence[str | os.PathLike]) -> pd.DataFrame:
    """The rows of all given .parquet and .csv files, in the order of the files."""
    return pd.concat([_read(Path(path)) for path in paths], ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return read_table(path)[0].to_pandas()
    if path.suffix != ".csv":
        raise InputError(f"{path}: expected a .parquet or .csv table")
    # An empty cell is missing; "NA" or "None" is somebody's name for a class or a model.
    names = dict.fromkeys(_NAMES, str)
    try:
        frame = pd.read_csv(
            io.StringIO(read_text(path)), dtype=names, keep_default_na=False, na_values=[""]
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path}: not a readable table ({error})") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise InputError(f"{path}: not a readable table (rows have more cells than the header)")
    return frame
