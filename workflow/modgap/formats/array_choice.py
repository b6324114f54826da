"""Which of several arrays in a file is meant, and what goes with its rows."""

import logging
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.array_files import Arrays, listed
from modgap.formats.identity import as_words, spelled
from modgap.formats.rivals import best
from modgap.formats.sides import SIDES, is_vectors, side_of
from modgap.formats.words import is_word_column

_log = logging.getLogger(__name__)


def take(
    arrays: Arrays, path: Path, name: str, *, both: bool = True
) -> tuple[np.ndarray, pd.DataFrame]:
    """The array that `name` means, and arrays of one value per row of it, as columns.

    Parameters
    ----------
    arrays
        The file's.
    path
        What errors and the log call it.
    name
        "images" or "texts", or "" for a cloud of any kind; or the very name of an array, such as
        "pairs".
    both
        Whether the file may hold images and texts: else a list of two tensors is two batches.

    Returns
    -------
    (numpy.ndarray, pandas.DataFrame)
        Columns are ids, paths, labels and words. Of two that name the items of both modalities
        ("image_ids", "text_ids") only that of `name`.

    Raises
    ------
    InputError
        If no array is meant, or several may be; if ids are Python objects, which are not read.
    """
    chosen, array, words = _chosen(arrays, path, name)
    others = [known for known in arrays.names if known != chosen]
    beside = {side_of(other) for other in others if is_vectors(other)} - {None, name}
    alone = not (both and name) or (side_of(chosen) == name and bool(beside))
    if array.ndim == 3 and chosen in arrays.batched and alone:
        array = array.reshape(-1, array.shape[-1])
        _log.info("%s: 2 batches put one behind the other", path)
    elif array.ndim == 3 and len(array) == 2 < array.shape[1] and beside and alone:
        raise InputError(
            f"{path}: {chosen!r} has shape {array.shape}, which is two halves, beside an array of "
            f"the other modality; expected (items, dimensions): if these are two batches, "
            "array.reshape(-1, dimensions)"
        )
    columns, unread = {}, []
    for other in others:
        column = _column(arrays, other, path, _rows(array), other in words)
        if column is not None:
            columns[other] = column
        else:
            unread.append(other)
    columns = _of_side(columns, others, name, path)
    if others:
        rest = f", {listed(unread)} not read" if unread else ""
        _log.info("%s: array %r taken as the %s%s", path, chosen, name or "embeddings", rest)
    if side_of(chosen) not in (None, name) and name in SIDES:
        _log.warning("%s: array %r is taken as the %s", path, chosen, name)
    return array, pd.DataFrame({str(other): column for other, column in columns.items()})


def _chosen(arrays: Arrays, path: Path, name: str) -> tuple[Any, np.ndarray, list]:
    """The array that is meant, its name, and the names of arrays of words that may have been."""
    names, words = list(arrays.names), []
    while True:
        chosen = _only(names, name)
        if chosen is None:
            spoken = [known for known in names if _are_words(arrays, known)]
            if not spoken:
                which = f", or one named {name!r}" if name else " of embeddings"
                held = listed(list(arrays.names))
                raise InputError(f"{path}: holds {held}; expected one array{which}")
        else:
            array = arrays.load(chosen)
            if array.dtype.kind not in "US" or len(names) == 1 or name not in (*SIDES, ""):
                return chosen, array, words
            spoken = [chosen]
        names = [known for known in names if known not in spoken]
        words += spoken


def _only(names: list, name: str) -> Any:
    """The one of several names that is meant; None if that cannot be told."""
    if name in names and name not in SIDES:
        return name
    vectors = [known for known in names if is_vectors(known)]
    for choices in (names, vectors, best(vectors, name)):
        if len(choices) == 1:
            return choices[0]
    return name if name in names else None


def _are_words(arrays: Arrays, name: Any) -> bool:
    """Whether an array has the name of words of texts and holds words."""
    if not is_word_column(name):
        return False
    try:
        return arrays.load(name).dtype.kind in "US"
    except ValueError:  # an array of Python objects, which are words
        return True


def _rows(array: np.ndarray) -> int:
    """How many items an array has; of (1, n, d) n."""
    return array.shape[array.ndim > 2 and array.shape[0] == 1] if array.ndim else 0


def _column(arrays: Arrays, name: Any, path: Path, rows: int, words: bool) -> np.ndarray | None:
    """An array of ids, paths, labels or words of so many rows; None if it is none."""
    words = words or is_word_column(name)
    if is_vectors(name) and not words:
        return None
    try:
        column = arrays.load(name)
    except InputError:
        return None
    except ValueError as error:
        if words:
            return None
        raise InputError(
            f"{path}: array {name!r} holds Python objects, which are not read: save it with "
            "numpy.array(..., dtype=str), or leave it out if the rows match in order"
        ) from error
    if column.size != rows or rows not in column.shape:  # (n,), (n, 1) or (1, n)
        return None
    good = column.dtype.kind in "USM" or (not words and _is_whole(column))
    return column.reshape(-1) if good else None


def _is_whole(column: np.ndarray) -> bool:
    """Whether an array holds whole numbers, of any type; a missing one may be NaN."""
    if column.dtype.kind != "f":
        return column.dtype.kind in "iu"
    known = column[~np.isnan(column)]
    return bool(known.size and np.isfinite(known).all() and (known % 1 == 0).all())


def _of_side(columns: dict, others: list, name: str, path: Path) -> dict:
    """Columns without those of the other modality, whose embeddings the file holds too.

    "img_ids" beside "caption_ids" that have all of them are ids of images, and these of texts; else
    they may say which image each text is of.
    """
    sides = {side_of(other) for other in others if is_vectors(other) and other not in columns}
    if name not in SIDES or not sides - {None, name}:
        return columns
    foreign = [other for other in columns if side_of(other) not in (None, name)]
    out = {other for other in foreign if is_vectors(other)}
    for one in [one for one in columns if side_of(one) == name and not is_vectors(one)]:
        shared = [other for other in foreign if _names(columns[one]) <= _names(columns[other])]
        out.update(shared)
        own, spelling = f"{name.removesuffix('s')}_id", spelled(str(one)).removesuffix("s")
        if shared and own not in columns and spelling.endswith("id"):
            _log.info("%s: array %r taken as %r", path, one, own)
            columns = {own if known == one else known: column for known, column in columns.items()}
    return {known: column for known, column in columns.items() if known not in out}


def _names(column: np.ndarray) -> set[str]:
    """What a column names: file names without folders and endings, numbers without zeros."""
    words = as_words(pd.Series(column)).dropna()
    bare = words.str.replace(r"^.*[/\\]|\.[A-Za-z]\w{1,4}$", "", regex=True)
    return {re.sub(r"^0+(?=\d)", "", word) for word in bare}
