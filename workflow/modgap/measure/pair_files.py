"""Files of pairs: which column is of the images and which of the texts."""

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.array_files import ARRAYS
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import as_words, is_nested, spelled, whole_words
from modgap.formats.json_text import read_documents
from modgap.formats.packed import format_of
from modgap.formats.sheet import SHEETS, is_number, read_cells
from modgap.formats.sides import SIDES
from modgap.formats.text import check_file
from modgap.formats.vector_columns import shown
from modgap.formats.vectors import TABLES, read_array, readable
from modgap.measure.joining import columns_with

_log = logging.getLogger(__name__)

_ENDING = (
    r"[ _-]*(?P<own>row|idx|index|id|ids|no|number|num|i|path|file|filename|file[ _-]name|name|key|"
    r"uid)?s?"
)
_EXPECTED = (
    "expected two columns, named image and text in either order, or unnamed with images first"
)
# What a column is called that says which rows are pairs, among others that are none.
_SAYS_PAIR = re.compile(
    r"(is)?(match(es|ed)?|pair(ed)?|positive|relevant|correct)|relevance|labels?|target|score"
)
_MAY_BE_A_CLASS = re.compile(r"labels?|target|score")
_NO_AND_YES = ({"0", "1"}, {"false", "true"})
_NO = ("0", "false")
_JSON = (".json", ".jsonl", ".ndjson")
_TABLES = (*SHEETS, ".parquet", ".arrow", ".feather", *_JSON)
# How pandas calls two columns without names.
_UNNAMED = ["0", "1"]


def read_pair_columns(
    path: Path, clouds: tuple[Embeddings, Embeddings]
) -> tuple[list[tuple[str, pd.Series]], np.ndarray]:
    """Name and cells of the image and of the text column, and the line of each row.

    Parameters
    ----------
    path
        As `pairs.read_pairs`.
    clouds
        The images and the texts: a first row of their names is no header.

    Raises
    ------
    InputError
        By file: another format, another header, rows that are no pairs.
    """
    check_file(path)
    if format_of(path) in _TABLES:
        return _table(path, clouds)
    if format_of(path) not in ARRAYS:
        raise InputError(
            f"{path}: format {path.suffix!r} is not read as pairs; expected one of "
            f"{', '.join((*_TABLES, *ARRAYS))}"
        )
    return _array(path)


def _array(path: Path) -> tuple[list, np.ndarray]:
    array = np.asarray(read_array(path, "pairs"))
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        turned = "; it looks turned: save pairs.T" if array.shape[:1] == (2,) else ""
        raise InputError(
            f"{path}: shape {array.shape}, expected (P, 2): image row, text row{turned}"
        )
    columns = [pd.Series(column) for column in array.T]
    if array.dtype.kind not in "fiu":
        columns = [as_words(column) for column in columns]
    return [("", column) for column in columns], np.arange(len(array))


def _table(path: Path, clouds: tuple[Embeddings, Embeddings]) -> tuple[list, np.ndarray]:
    """Name and cells of the image and of the text column, and the line of each row."""
    suffix = format_of(path)
    documents = [content for _, content in read_documents(path)] if suffix in _JSON else []
    rows = read_cells(path) if suffix in SHEETS else _json_rows(documents)
    if rows is None:
        frame = _frame(path, suffix, documents)
        names, lines = [str(name) for name in frame], np.arange(len(frame))
        names = ["", ""] if names == _UNNAMED else names
    else:
        names, rows = _header(rows, clouds, path)
        rows = [row for row in rows if any(row[1])]
        lines = np.array([number for number, _ in rows])
        frame = pd.DataFrame([cells for _, cells in rows], columns=range(len(names)), dtype=object)
    if not len(frame):
        raise InputError(f"{path}: holds no pairs; {_EXPECTED}")
    places = _places(names, path)
    others = [n for n in range(len(names)) if n not in places]
    for n in others:
        _refuse_non_pairs(names[n], frame.iloc[:, n], frame.iloc[:, places], path)
    columns = [frame.iloc[:, place] for place in places]
    if any(map(is_nested, columns)):
        raise InputError(f"{path}: several partners in one cell; write a row for each pair")
    return [(names[n], as_words(column)) for n, column in zip(places, columns, strict=True)], lines


def _frame(path: Path, suffix: str, documents: list) -> pd.DataFrame:
    """A table with named columns; `documents`: what a file of JSON holds."""
    if (frame := _json_columns(documents)) is not None:
        return frame
    with readable(path, "readable table"):
        table = TABLES[suffix](path)[0].replace_schema_metadata(None)
        return table.to_pandas(integer_object_nulls=True)


def _json_columns(documents: list) -> pd.DataFrame | None:
    """Lists by the name of their column, or what pandas' `to_json` makes of a frame; else None.

    There are more pairs than columns, which tells a frame's columns from its rows.
    """
    if len(documents) != 1 or not isinstance(documents[0], dict):
        return None
    values = documents[0].values()
    kinds = {type(value) for value in values}
    if kinds not in ({list}, {dict}) or len({len(value) for value in values}) > 1:
        return None
    frame = pd.DataFrame(documents[0], dtype=object)
    if kinds == {list} or len(frame.columns) < len(frame):
        return frame
    return frame.T if len(frame.columns) > len(frame) else None


def _json_rows(documents: list) -> list[tuple[int, list[str]]] | None:
    """Lists of two values, one per line or in one list, as a table of text has them; else None."""
    rows = documents[0] if len(documents) == 1 and isinstance(documents[0], list) else documents
    if not rows or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        return None
    return [(n, ["" if cell is None else str(cell) for cell in row]) for n, row in enumerate(rows)]


def _header(
    rows: list[tuple[int, list[str]]], clouds: tuple[Embeddings, Embeddings], path: Path
) -> tuple[list[str], list]:
    """The names of the columns, empty where there are none, and the rows of pairs."""
    cells, rest = rows[0][1], rows[1:]
    if cells == ["", *_UNNAMED]:  # the index of a frame, and its columns without names
        return ["", ""], [(number, row[1:]) for number, row in rest]
    if cells == _UNNAMED and _numbers_columns([row for _, row in rest], path):
        return ["", ""], rest
    if all(map(is_number, filter(None, cells))):
        return [""] * len(cells), rows
    known = [columns_with(cloud.table, {cell}) for cell, cloud in zip(cells, clouds, strict=False)]
    if len(cells) == 2 and all(known):
        return ["", ""], rows  # a pair of ids
    return cells, rest


def _numbers_columns(rows: list[list[str]], path: Path) -> bool:
    """Whether a first row 0, 1 is what pandas calls columns without names, and no pair.

    It is where image 0 and text 1 have partners in the other rows and no text has two there.
    """
    images, texts = zip(*rows, strict=True) if rows else ((), ())
    if "0" not in images or "1" not in texts:
        return False
    if len(set(texts)) == len(texts):
        _log.info("%s: the first line, 0 and 1, is taken as the names of the columns", path)
        return True
    _log.warning("%s: the first line, 0 and 1, is read as a pair; leave a header out", path)
    return False


def _places(names: list[str], path: Path) -> list[int]:
    if not any(names):
        if len(names) != 2:
            raise InputError(f"{path}: {len(names)} columns without a header; {_EXPECTED}")
        return [0, 1]
    places = []
    for side, words in (("image", SIDES["images"]), ("text", SIDES["texts"])):
        known = re.compile(f"({'|'.join(words)})s?{_ENDING}")
        matches = [known.fullmatch(name.strip().lower()) for name in names]
        fitting = [n for n, match in enumerate(matches) if match]
        if len(fitting) > 1:  # text_id beside caption, which holds its words
            fitting = [n for n in fitting if matches[n]["own"]] or fitting
        if len(fitting) != 1:
            what = "no column" if not fitting else "several columns"
            raise InputError(
                f"{path}: {what} for the {side} in the header {shown(names)}; {_EXPECTED}"
            )
        places += fitting
    others = [name for n, name in enumerate(names) if n not in places and name]
    if others:
        _log.info("%s: columns %s are not read", path, others)
    return places


def _refuse_non_pairs(name: str, column: pd.Series, pairs: pd.DataFrame, path: Path) -> None:
    """Raise `InputError` for a column of 0 and 1 that says which rows are pairs.

    A label may be of a class: it says so if an item is in rows of both.
    """
    words = whole_words(as_words(column)).str.lower()
    if not (_SAYS_PAIR.fullmatch(spelled(name)) and set(words.dropna()) in _NO_AND_YES):
        return
    none = words.isin(_NO)
    sides = [as_words(pairs.iloc[:, place]) for place in (0, 1)]
    mixed = any(side[none].isin(side[~none]).any() for side in sides)
    if mixed or not _MAY_BE_A_CLASS.fullmatch(spelled(name)):
        raise InputError(
            f"{path}: column {name!r} says which rows are pairs: {int(none.sum())} of "
            f"{len(words)} are none; keep those that are, or leave the column out if all are"
        )
