"""What closing leaves behind: moved embeddings and the maps, and the maps put to new embeddings."""

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, write_embeddings
from modgap.formats.files import check_place, check_room, full_disk_named
from modgap.formats.vectors import read_vectors
from modgap.measure.closers import Closed
from modgap.measure.map_file import read_map, write_maps
from modgap.metrics.interventions import apply_map

_log = logging.getLogger(__name__)

IMAGES, TEXTS, MEANS = "image.parquet", "text.parquet", "means.parquet"
# What must agree where both the maps and the embeddings say it.
_IDENTITY = ("model", "weights_sha256")


def write_closed(
    folder: str | os.PathLike, closed: Closed, source: dict, storage: str = "float32"
) -> None:
    """Write moved images, moved texts and the maps into a new folder, all of it or nothing.

    Parameters
    ----------
    folder
        Must not exist, or be empty.
    closed
        As `close_pair` returns it.
    source
        Metadata of the embeddings that were moved: where it has a `weights_sha256`, that and its
        `model` say which embeddings the maps are for. `commit` and `versions` are kept.
    storage
        As given to `close_pair`.

    Raises
    ------
    InputError
        If the folder holds files, or the disk is full.
    """
    check_free(folder)
    kept = (*(_IDENTITY if source.get("weights_sha256") else ()), "commit", "versions")
    record = {**closed.record, **{key: source[key] for key in kept if key in source}}
    record["dimensions"] = closed.maps[0].dimensions
    with _whole_folder(Path(folder)) as partial:
        write_embeddings(partial / IMAGES, closed.images, storage)
        write_embeddings(partial / TEXTS, closed.texts, storage)
        write_maps(partial / MEANS, closed.maps, record)


def check_free(folder: str | os.PathLike) -> None:
    """Raise `InputError` if the folder is a file, holds any, or cannot be made."""
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder}: is there already and is not written over; name a new folder or empty it"
        )
    check_place(folder)


def move_file(path: str | os.PathLike, means: str | os.PathLike, modality: str) -> Embeddings:
    """New embeddings of one modality, moved by maps that were fitted before.

    Parameters
    ----------
    path
        Embeddings in any format that `read_vectors` reads.
    means
        `means.parquet` as `write_closed` leaves it.
    modality
        "image" or "text".

    Returns
    -------
    Embeddings
        Unit rows with the ids of the file, or row numbers where it has none.

    Raises
    ------
    InputError
        For maps of another model or number of dimensions, and a row that becomes zero.
    """
    of, record = read_map(means, modality)
    new = read_vectors(path, f"{modality}s")
    if new.vectors.shape[1] != of.dimensions:
        raise InputError(
            f"{path} has {new.vectors.shape[1]} dimensions, the maps in {means} are for "
            f"{of.dimensions}; fit maps on embeddings of this model"
        )
    for key in _IDENTITY:
        ours, theirs = new.metadata.get(key), record.get(key)
        if ours and theirs and ours != theirs:
            raise InputError(
                f"{path} is of {key} {ours!r}, the maps in {means} are for {theirs!r}; fit maps on "
                "embeddings of this model"
            )
    if done := new.metadata.get("closed"):
        _log.warning("%s was moved by %s before, and is moved once more", path, done["method"])
    what = f"after {record['method']} by {record['amount']:g}"
    vectors = apply_map(of, new.vectors, f"{path}: {modality}s", what)
    table = _with_own_ids(new.table, path)
    closed = {key: record[key] for key in ("method", "amount")}
    return Embeddings(table, vectors, {**new.metadata, "normalised": True, "closed": closed})


def _with_own_ids(table: pd.DataFrame, path: str | os.PathLike) -> pd.DataFrame:
    """The table with an id for each row; ids that texts of one image share name the image."""
    numbers = np.arange(len(table)).astype(str)
    if "id" not in table:
        return table.assign(id=numbers)
    if table["id"].is_unique:
        return table
    _log.info("%s: ids repeat; they become the column 'image_id', row numbers the ids", path)
    return table.assign(image_id=table.get("image_id", table["id"]), id=numbers)


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder` that takes its place if the block succeeds."""
    check_room(folder, 0)
    partial = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    partial.mkdir()
    try:
        with full_disk_named(folder):
            yield partial
            partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
