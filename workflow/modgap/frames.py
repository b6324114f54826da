"""Reading result tables back, several files as one frame."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from modgap.errors import InputError
from modgap.parquet import read_table


def read_frames(paths: Sequence[str | os.PathLike]) -> pd.DataFrame:
    """The rows of all given .parquet and .csv files, in the order of the files."""
    return pd.concat([_read(Path(path)) for path in paths], ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return read_table(path)[0].to_pandas()
    if path.suffix != ".csv":
        raise InputError(f"{path}: expected a .parquet or .csv table")
    try:
        return pd.read_csv(path)
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path}: not a readable table ({error})") from error
