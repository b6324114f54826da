"""The embedding file: what the embed stage writes and everything after it reads."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.identity import as_words
from modgap.formats.tables import read_table, write_table
from modgap.formats.vector_columns import EMBEDDING, take_vectors


@dataclass(frozen=True)
class Embeddings:
    """Embeddings of one modality, one row per item.

    `table` holds the column `id` and the join keys (labels of images; `kind`, `image_id`, `factor`,
    `label`, `object` of texts); `vectors` is (n, d) float32, not normalised unless the metadata
    says so; `metadata` says what made them.
    """

    table: pd.DataFrame
    vectors: np.ndarray
    metadata: dict

    def __len__(self) -> int:
        return len(self.vectors)

    def select(self, rows: np.ndarray) -> "Embeddings":
        """The given rows (a boolean mask or row numbers), in that order."""
        table = self.table[rows] if rows.dtype == bool else self.table.iloc[rows]
        return Embeddings(table.reset_index(drop=True), self.vectors[rows], self.metadata)


def write_embeddings(
    path: str | os.PathLike, embeddings: Embeddings, precision: str = "float32"
) -> None:
    """Write an embedding file; `precision` is "float32" or "float16".

    Raises `InputError` naming the first row that is not finite, is zero, or repeats an id.
    """
    _check(embeddings, str(path))
    vectors = np.ascontiguousarray(embeddings.vectors, dtype=precision)
    stored = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
    table = pa.Table.from_pandas(embeddings.table, preserve_index=False)
    table = table.append_column(EMBEDDING, stored)
    metadata = {**embeddings.metadata, "rows": len(embeddings), "storage": precision}
    write_table(path, table, metadata)


def read_embeddings(path: str | os.PathLike) -> Embeddings:
    """Read an embedding file; vectors come back as float32 whatever their storage.

    Raises `InputError` naming the file and the first bad row: a missing column, lists of unequal
    length, a value that is not finite, a zero vector, a repeated id.
    """
    table, metadata = read_table(path)
    missing = {"id", EMBEDDING} - set(table.column_names)
    if missing:
        raise InputError(
            f"{path}: no column {sorted(missing)}; an embedding file has the columns 'id' and "
            f"{EMBEDDING!r}, this one has {table.column_names}"
        )
    if not len(table) and "embed_dim" in metadata:
        # Written so for an encoder that has no tower for this modality.
        nothing = np.empty((0, metadata["embed_dim"]), np.float32)
        return Embeddings(table.drop_columns([EMBEDDING]).to_pandas(), nothing, metadata)
    vectors, rest = take_vectors(table, path)
    # pandas' own record would turn columns back into an index.
    frame = rest.replace_schema_metadata(None).to_pandas()
    embeddings = Embeddings(frame.assign(id=as_words(frame["id"])), vectors, metadata)
    _check(embeddings, str(path))
    return embeddings


def _check(embeddings: Embeddings, name: str) -> None:
    vectors, ids = embeddings.vectors, embeddings.table["id"]
    if vectors.ndim != 2 or len(vectors) != len(ids):
        raise InputError(
            f"{name}: {vectors.shape} vectors for {len(ids)} ids; expected one row each"
        )
    check_rows(vectors, name, lambda row: f"row {row} (id {ids.iloc[row]!r})")
    if ids.isna().any():
        raise InputError(f"{name}: row {int(np.flatnonzero(ids.isna())[0])} has no id")
    if ids.duplicated().any():
        row = int(np.flatnonzero(ids.duplicated())[0])
        raise InputError(
            f"{name}: id {ids.iloc[row]!r} in row {row} was used before; ids are unique"
        )


def check_rows(vectors: np.ndarray, name: str, row_name: Callable[[int], str]) -> None:
    """Raise `InputError` naming the first row of the file `name` that has no direction."""
    # A sum of squares is NaN or infinite exactly if a component is (float64: it cannot overflow).
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    for bad, what in ((~np.isfinite(squares), "is not finite"), (squares == 0, "is all zeros")):
        if bad.any():
            raise InputError(
                f"{name}: the embedding in {row_name(int(np.flatnonzero(bad)[0]))} {what}, so it "
                f"has no direction; {int(bad.sum())} such rows. Check the model's precision and "
                "its weights, or leave the items out"
            )
