"""Files of labels: tables with and without a header, JSON, arrays of one label per image."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.array_choice import take
from modgap.formats.array_files import ARRAYS
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import as_words, is_text
from modgap.formats.json_tables import read_json_table
from modgap.formats.json_text import read_documents
from modgap.formats.packed import format_of
from modgap.formats.sheet import SHEETS, is_number, read_cells
from modgap.formats.text import check_file
from modgap.formats.vector_columns import INDEX, shown
from modgap.formats.vectors import TABLES, readable
from modgap.measure.column_names import names_items
from modgap.measure.identity import find_rows

_log = logging.getLogger(__name__)

OBJECT = "object"
_JSON = (".json", ".jsonl", ".ndjson")
_AS_WORDS = "labels as numbers or words: numpy.save(file, array.astype(str))"
_ARROW = (".parquet", ".arrow", ".feather")


def read_label_columns(path: Path, images: Embeddings) -> pd.DataFrame:
    """The columns of a file of labels, names of items and the like among them.

    Parameters
    ----------
    path
        A table (.csv, .tsv, .txt, .parquet, .arrow), JSON (records, columns, a list of labels or of
        names and labels, labels by id), or an array of one label for each image, numbers or words;
        of several arrays in a file that called `labels`, with those that name its rows (`ids`).
        Zeros and a single one in each row of an array are class numbers.
    images
        A table has no header if its first row names one of them, or if it has as many rows and the
        first is like the others.

    Raises
    ------
    InputError
        Naming the file: another format, an array of another shape, two columns of one name.
    """
    suffix = format_of(path)
    if suffix in _ARROW:
        with readable(path, "readable table"):
            return _of_table(TABLES[suffix](path)[0].replace_schema_metadata(None), path)
    if suffix in _JSON:
        return _of_json(path, images)
    if suffix in ARRAYS:
        return _of_arrays(path)
    if suffix in SHEETS:
        return _of_cells(path, images)
    known = ", ".join((*SHEETS, *_ARROW, *_JSON, *ARRAYS))
    raise InputError(f"{path}: expected labels in one of {known}")


def _of_table(table: pa.Table, path: Path) -> pd.DataFrame:
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    if nested and len(nested) == table.num_columns:
        raise InputError(
            f"{path}: columns {shown(nested)} hold lists; expected one label, a number or a word, "
            "for each image"
        )
    if nested:
        _log.info("%s: columns %s hold lists and are no labels", path, nested)
    return table.drop_columns(nested).to_pandas()


def _of_json(path: Path, images: Embeddings) -> pd.DataFrame:
    documents = [content for _, content in read_documents(path)]
    content = documents[0] if len(documents) == 1 else None
    if isinstance(content, list) and _are_single(content):
        return pd.DataFrame({OBJECT: content}, dtype=object)
    if isinstance(content, list) and _are_rows(content):
        return pd.DataFrame(content, columns=_new_names(content, images, path), dtype=object)
    if isinstance(content, dict) and len(content) > 1 and _are_single(list(content.values())):
        _log.info("%s: read as labels by id", path)
        return pd.DataFrame({"id": list(content), OBJECT: list(content.values())}, dtype=object)
    if isinstance(content, dict):
        frame = _of_columns(content, len(images))
        if frame is not None:
            return frame
    return _of_table(read_json_table(path), path)


def _are_rows(values: list) -> bool:
    """Whether these are rows of a name and labels each."""
    if not values or not all(isinstance(row, list) and _are_single(row) for row in values):
        return False
    return {len(row) for row in values} == {len(values[0])} and isinstance(values[0][0], str)


def _of_columns(content: dict, images: int) -> pd.DataFrame | None:
    """Lists by the name of their column, or what pandas' `to_json` makes of a frame, if it is one.

    Labels are of more items than there are columns, which tells a frame's columns from its rows.
    """
    values = list(content.values())
    if values and all(isinstance(value, list) and _are_single(value) for value in values):
        (size, *others) = {len(value) for value in values}
        named = size == images or any(map(names_items, content))
        return pd.DataFrame(content, dtype=object) if named and not others else None
    if not values or not all(isinstance(value, dict) and value for value in values):
        return None
    if any(
        value.keys() != values[0].keys() or not _are_single(list(value.values()))
        for value in values
    ):
        return None
    if len(values) == len(values[0]):
        return None
    frame = pd.DataFrame(content, dtype=object)
    frame = frame if len(values) < len(values[0]) else frame.T
    numbers = pd.to_numeric(frame.index, errors="coerce")
    frame.insert(0, INDEX, frame.index if numbers.isna().any() else numbers)
    return frame.reset_index(drop=True)


def _are_single(values: list) -> bool:
    return bool(values) and not any(isinstance(value, list | dict) for value in values)


def _of_arrays(path: Path) -> pd.DataFrame:
    check_file(path)
    with readable(path, "plain array of labels", _AS_WORDS):
        array, columns = take(ARRAYS[format_of(path)](path), path, "labels")
    frame = _of_array(np.asarray(array), path)
    names = [name for name in columns if names_items(name)]
    if others := [name for name in columns if name not in names]:
        _log.info("%s: arrays %s are not read", path, others)
    return frame.join(columns[names])


def _of_array(array: np.ndarray, path: Path) -> pd.DataFrame:
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.ndim == 2 and ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all():
        _log.warning("%s: one 1 in each row of %s: read as class numbers", path, array.shape)
        array = array.argmax(axis=1)
    if array.ndim != 1 or array.dtype.kind not in "iufbUS":
        raise InputError(
            f"{path}: an array of shape {array.shape} and type {array.dtype}, expected one label, "
            "a number or a word, for each image; several labels are a table with a header"
        )
    return pd.DataFrame({OBJECT: array})


def _of_cells(path: Path, images: Embeddings) -> pd.DataFrame:
    rows = read_cells(path)
    names, cells = rows[0][1], [row for _, row in rows]
    like_others = len(rows) == len(images) and _is_row(names, rows[1:])
    if all(map(is_number, names)) or like_others or _place_of_names(cells, images) is not None:
        names = _new_names(cells, images, path)
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


def _new_names(rows: list[list], images: Embeddings, path: Path) -> list[str]:
    """What the columns of a table without a header are called."""
    place = _place_of_names(rows, images)
    others = [n for n in range(len(rows[0])) if n != place]
    called = {n: f"attribute_{count}" if count else OBJECT for count, n in enumerate(others)}
    names = [called.get(n, "id") for n in range(len(rows[0]))]
    _log.info("%s: no header; the columns are called %s", path, ", ".join(names))
    return names


def _place_of_names(rows: list[list], images: Embeddings) -> int | None:
    """The column whose first cell names an image, and in which no two are alike."""
    table = images.table
    known = [as_words(table[name]) for name in table if name == "id" or is_text(table[name])]
    known = [words for words in known if words.is_unique]
    for place in range(len(rows[0]) if len(rows[0]) > 1 else 0):
        first = as_words(pd.Series([rows[0][place]], dtype=object))
        if first.notna().all() and any(find_rows(first, words)[0][0] >= 0 for words in known):
            cells = [row[place] for row in rows]
            if len(set(cells)) == len(cells):
                return place
    return None


def _is_row(first: list[str], rows: list) -> bool:
    """Whether what could be a header is a row like the others: all its words come again below."""
    return all(any(cells[n] == word for _, cells in rows) for n, word in enumerate(first))
