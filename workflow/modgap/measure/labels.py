"""Labels of images that somebody else's table gives."""

import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import as_words, with_ids
from modgap.formats.packed import format_of
from modgap.formats.sheet import SHEETS, is_number, read_cells
from modgap.formats.tables import read_table
from modgap.formats.vector_columns import INDEX
from modgap.formats.vectors import readable
from modgap.measure.identity import joining_columns, rows_of_ids, warn_of_index

_log = logging.getLogger(__name__)

_OF_IMAGES = "image_id"


def read_labels(path: str | os.PathLike, images: Embeddings, of: str | os.PathLike) -> pd.DataFrame:
    """Read the labels of images: the first column is the object, the others are attributes.

    Parameters
    ----------
    path
        .csv, .tsv, .txt or .parquet with a header. A column `id` is no label: it joins the rows to
        the images if these have ids too, and so does any column of names that both tables have.
    images
        The embeddings of the images.
    of
        Their file, for errors.

    Returns
    -------
    pandas.DataFrame
        One row per image, in their order; words, None where a cell is empty. "None" and "NA" are
        words.

    Raises
    ------
    InputError
        Naming the file: another number of rows than images, ids that are repeated or not the
        images', no label column, two of one name.
    """
    path = Path(path)
    frame = _columns(path, len(images))
    key = _OF_IMAGES if _OF_IMAGES in frame and "id" not in frame else "id"
    frame = with_ids(frame, path, _OF_IMAGES)
    found = joining_columns(images.table, frame)
    if found is not None:
        frame = _joined(frame, found, images, (path, of))
    elif "id" in frame:
        _log.info("%s: column %r is not read, %s has no ids: row i is image i", path, key, of)
    elif "id" in images.table:
        _log.info("%s has no ids as %s has: row i is image i", path, of)
    if found is None:
        warn_of_index(frame.get(INDEX), path)
    if len(frame) != len(images):
        raise InputError(f"{path}: {len(frame)} rows of labels for {len(images)} images")
    frame = frame.drop(columns=["id", _OF_IMAGES, INDEX], errors="ignore")
    if not len(frame.columns):
        raise InputError(f"{path}: no column of labels; expected the object, then attributes")
    labels = pd.DataFrame({name: as_words(frame[name]) for name in frame}).reset_index(drop=True)
    for name in labels:
        if labels[name].isna().all():
            raise InputError(f"{path}: column {name!r} is empty; fill it or leave it out")
    return labels


def _joined(
    frame: pd.DataFrame, columns: tuple[str, str], images: Embeddings, paths: tuple
) -> pd.DataFrame:
    """The rows of the labels in the order of the images, without the column that joins them."""
    wanted, known = images.table[columns[0]], frame[columns[1]]
    rows = rows_of_ids(as_words(wanted), as_words(known), paths[::-1])
    if columns != ("id", "id"):
        _log.info("%s: column %r joins it to %r of %s", paths[0], columns[1], columns[0], paths[1])
    missing = int((rows < 0).sum())
    if missing:
        _log.warning("%s: no labels for %d of %d images", paths[0], missing, len(rows))
    unused = len(frame) - len(np.unique(rows[rows >= 0]))
    if unused:
        _log.info("%s: labels of %d items that are not in %s", paths[0], unused, paths[1])
    joined = frame.drop(columns=columns[1]).astype(object).iloc[rows]
    joined[rows < 0] = None
    return joined


def _columns(path: Path, images: int) -> pd.DataFrame:
    if path.suffix.lower() == ".parquet":
        with readable(path, "readable table"):
            table = read_table(path)[0].replace_schema_metadata(None)
            nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
            frame = table.drop_columns(nested).to_pandas()
        if nested:
            _log.info("%s: columns %s hold lists and are no labels", path, nested)
        return frame
    if format_of(path) not in SHEETS:
        raise InputError(
            f"{path}: expected a table with a header: .csv, .tsv (packed or not) or .parquet"
        )
    rows = read_cells(path)
    names = rows[0][1]
    if all(map(is_number, names)) or (len(rows) == images and _is_row(names, rows[1:])):
        names = ["object", *(f"attribute_{n}" for n in range(1, len(names)))]
        _log.info("%s: no header; the columns are called %s", path, ", ".join(names))
    else:
        rows = rows[1:]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise InputError(f"{path}: column {repeated[0]!r} appears twice")
    frame = pd.DataFrame([cells for _, cells in rows], columns=names, dtype=object)
    if "" in names[1:]:
        raise InputError(f"{path}: column {names.index('', 1) + 1} has no name; expected a header")
    if "" in frame:  # The index of a pandas frame has no name: words, or row numbers.
        numbers = pd.to_numeric(frame[""], errors="coerce")
        frame = frame.rename(columns={"": INDEX})
        frame[INDEX] = frame[INDEX] if numbers.isna().any() else numbers
    return frame


def _is_row(first: list[str], rows: list) -> bool:
    """Whether what could be a header is a row like the others: all its words come again below."""
    return all(any(cells[n] == word for _, cells in rows) for n, word in enumerate(first))
