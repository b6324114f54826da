"""Fitted maps as a small Parquet that a server can apply: `y = normalise(x · matrix + offset)`."""

import os

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError, nearest
from modgap.formats.tables import read_table, write_table
from modgap.metrics.maps import AffineMap

SIDES = ("image", "text")
_COLUMNS = ("modality", "part", "row", "values")


def write_maps(path: str | os.PathLike, maps: tuple[AffineMap, AffineMap], metadata: dict) -> None:
    """Write the maps of images and of texts.

    One line per vector: `modality`, `part` ("offset"; "scale", one factor per dimension, 0 for one
    that is left out; "matrix", line by line), `row` and `values` (float64). Noise of texts is in
    the metadata.

    Parameters
    ----------
    path
        A .parquet file.
    maps
        Of images and of texts.
    metadata
        What made them: method, amount, model, dimensions, …
    """
    rows = []
    for side, of in zip(SIDES, maps, strict=True):
        rows.append((side, "offset", 0, of.offset))
        if of.matrix is not None and of.matrix.ndim == 1:
            rows.append((side, "scale", 0, of.matrix))
        elif of.matrix is not None:
            rows += [(side, "matrix", number, line) for number, line in enumerate(of.matrix)]
    columns = [list(values) for values in zip(*rows, strict=True)]
    table = pa.table(dict(zip(_COLUMNS, columns, strict=True)))
    noise = {side: of.noise for side, of in zip(SIDES, maps, strict=True)}
    write_table(path, table, {**metadata, "noise": noise})


def read_map(path: str | os.PathLike, modality: str) -> tuple[AffineMap, dict]:
    """Read the map of one modality, and the metadata of the file.

    Raises
    ------
    InputError
        For a modality that is neither image nor text, another kind of file, and values that are
        missing or not finite.
    """
    if modality not in SIDES:
        raise InputError(f"modality {modality!r}; {nearest(modality, SIDES)}")
    table, metadata = read_table(path)
    if not set(_COLUMNS) <= set(table.column_names) or "method" not in metadata:
        raise InputError(
            f"{path}: no fitted maps, but columns {table.column_names}; expected a file "
            "means.parquet that `modgap close` wrote"
        )
    frame = table.to_pandas()
    frame = frame[frame["modality"] == modality]
    offset, scale, matrix = (_values(frame, part, path) for part in ("offset", "scale", "matrix"))
    inner = matrix if matrix is not None else None if scale is None else scale[0]
    if offset is None or (inner is not None and inner.shape[-1] != offset.shape[1]):
        raise InputError(f"{path}: the map of modality {modality} is damaged; write the file again")
    return AffineMap(offset[0], inner, float(metadata["noise"][modality])), metadata


def _values(frame: pd.DataFrame, part: str, path: str | os.PathLike) -> np.ndarray | None:
    lines = frame[frame["part"] == part].sort_values("row")["values"].tolist()
    if not lines:
        return None
    if len({len(line) for line in lines}) > 1 or not np.isfinite(np.concatenate(lines)).all():
        raise InputError(
            f"{path}: {part} has lines of unequal length or values that are not finite"
        )
    return np.stack(lines).astype(np.float64)
