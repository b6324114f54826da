"""Which text belongs to which image, where somebody else's files say so."""

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import OF_IMAGE, as_numbers, as_words, whole_words
from modgap.formats.packed import format_of
from modgap.formats.sheet import SHEETS, is_number
from modgap.formats.sides import side_of
from modgap.measure.column_names import names_items
from modgap.measure.identity import AS_FILE_NUMBERS, find_rows, rows_by_index, rows_of_ids
from modgap.measure.joining import are_row_numbers, column_with
from modgap.measure.one_set import refuse_other_names, refuse_other_order
from modgap.measure.pair_files import read_pair_columns

_log = logging.getLogger(__name__)


def read_pairs(
    path: str | os.PathLike,
    images: Embeddings,
    texts: Embeddings,
    paths: tuple[str | os.PathLike, str | os.PathLike],
) -> np.ndarray:
    """Read pairs of image row and text row, counted from 0.

    Parameters
    ----------
    path
        .csv, .tsv, .txt, .parquet, .arrow, .json with two columns: row numbers, or ids that the
        embeddings have. A header names them, in either order; without a header images come first.
        Words are ids, or those of any column of the embeddings' file that has them all (file
        names). Or an array (P, 2) of integers (.npy, .npz, .safetensors, .pt).
    images, texts
        The embeddings that are paired.
    paths
        Their files, for errors.

    Returns
    -------
    numpy.ndarray
        (P, 2) integers, without repeats.

    Raises
    ------
    InputError
        By file and line: another header, a cell that is no row number or id, a row out of range.
    """
    path = Path(path)
    columns, lines = read_pair_columns(path, (images, texts))
    sides = []
    for place, (side, cloud) in enumerate((("image", images), ("text", texts))):
        name, cells = columns[place]
        if (key := _id_column(name, cells, cloud, paths[place])) is not None:
            rows = rows_of_ids(as_words(cells), as_words(cloud.table[key]), (path, paths[place]))
            _refuse(
                rows < 0, path, lines, lambda row, c=cells, s=side: f"no {s} is {c.iloc[row]!r}"
            )
        else:
            rows = _numbers(cells, path, lines, side, len(cloud))
        sides.append(rows)
    pairs = np.column_stack(sides).astype(np.intp)
    if (pairs.min(axis=0) == 1).all():
        _log.warning(
            "%s: no pair has image 0 or text 0; rows count from 0, subtract 1 if these do from 1",
            path,
        )
    kept = np.sort(np.unique(pairs, axis=0, return_index=True)[1])
    if len(kept) < len(pairs):
        _log.warning("%s: %d pairs repeat others; left out", path, len(pairs) - len(kept))
    return pairs[kept]


def pairs_of_tables(
    images: Embeddings,
    texts: Embeddings,
    paths: tuple[str | os.PathLike, str | os.PathLike],
) -> np.ndarray:
    """Pair by what the two files say: the texts' `image_id`, ids that both have, else row by row.

    Raises `InputError` if ids disagree, or there are none and the numbers of rows differ.
    """
    known = images.table.get("id")
    named = texts.table.get("image_id", texts.table.get("id"))
    if known is None or named is None:
        return _without_ids(images, texts, paths)
    named = as_words(named)
    if known.tolist() == named.tolist():
        return np.repeat(np.arange(len(images))[:, None], 2, axis=1)
    rows = rows_of_ids(named, known, (paths[1], paths[0]))
    alone = len(np.setdiff1d(np.arange(len(images)), rows))
    if (rows < 0).any() or alone:
        other = named[rows < 0]
        example = f" (the first is {other.iloc[0]!r})" if len(other) else ""
        raise InputError(
            f"{paths[0]} and {paths[1]} name different items: {alone} of {len(images)} images have "
            f"no text, {len(other)} of {len(texts)} texts no image{example}. Keep the items that "
            "are in both, or say with --pairs which belong together"
        )
    if OF_IMAGE not in texts.table and are_row_numbers(named) and (np.diff(rows) < 0).any():
        _refuse_counts(named, known, paths)
    _log.info("%s and %s are joined by id", *paths)
    return np.column_stack([rows, np.arange(len(rows))])


def _refuse_counts(named: pd.Series, known: pd.Series, paths: tuple) -> None:
    """Raise `InputError` if ids that count texts join them to images by numbers in their names."""
    if find_rows(named, known)[1] == AS_FILE_NUMBERS:
        raise InputError(
            f"{paths[1]}: ids count the rows, and the numbers in the ids of {paths[0]} "
            f"({known.iloc[0]!r}, …) are in another order; call the column {OF_IMAGE} if it names "
            "the image of each text, or leave it out if row i matches row i"
        )


def _without_ids(
    images: Embeddings,
    texts: Embeddings,
    paths: tuple[str | os.PathLike, str | os.PathLike],
) -> np.ndarray:
    """Pairs of clouds of which one has no ids: several texts for each image, else row by row."""
    if texts.metadata.get("texts_each", 0) * len(images) == len(texts):
        places = np.arange(len(texts))
        return np.column_stack([places // texts.metadata["texts_each"], places])
    of = _image_rows(texts, len(images))
    if len(images) != len(texts) and of is not None:
        _log.warning("%s: %r is taken as the rows of %s, from 0", paths[1], of[0], paths[0])
        return np.column_stack([of[1], np.arange(len(texts))])
    if len(images) != len(texts):
        several = _several_each(len(images), len(texts))
        raise InputError(
            f"{paths[0]} has {len(images)} rows and {paths[1]} {len(texts)}; row i matches row "
            "i only if the numbers agree. Say which belong together with pairs (--pairs, or in "
            f"a study the column pairs of models.tsv): image row, text row{several}"
        )
    if "id" in images.table or {"id", "image_id"} & set(texts.table):
        _log.info("only one of %s and %s has ids: row i matches row i", *paths)
    if of is not None and (np.diff(of[1]) < 0).any():
        text = "%s: %r counts rows in another order, and row i matches row i; if it counts the "
        _log.warning(text + "rows of %s, say so with --pairs", paths[1], of[0], paths[0])
    refuse_other_order(texts.table, images.table, paths[::-1])
    refuse_other_names(texts.table, images.table, paths[::-1])
    places = rows_by_index(texts.table, images.table, paths[::-1])
    return np.column_stack([places, np.arange(len(texts))])


def _image_rows(texts: Embeddings, images: int) -> tuple[str, np.ndarray] | None:
    """The column that says the image of each text by its row, and these rows; None if none does.

    Such as `image_idx`: whole numbers, and of all rows of images.
    """
    counting = []
    for name in texts.table:
        if side_of(str(name)) == "images" and names_items(str(name)):
            numbers = as_numbers(whole_words(as_words(texts.table[name])))
            if numbers is not None and set(numbers) == set(map(str, range(images))):
                counting.append((name, numbers.to_numpy().astype(np.intp)))
    return counting[0] if len(counting) == 1 else None


def _several_each(images: int, texts: int) -> str:
    """What to do where each image may have the same number of texts."""
    each, left = divmod(texts, images)
    if left or each < 2:
        return ""
    return (
        f". If texts 0 to {each - 1} are those of image 0 and so on, save an array ({images}, "
        f"{each}, d): texts.reshape({images}, {each}, -1)"
    )


def _id_column(
    name: str, cells: pd.Series, cloud: Embeddings, path: str | os.PathLike
) -> str | None:
    """The column of the cloud that cells name items by; None if they are row numbers.

    That is its ids, if the cells' column is named so or holds words, else a column of those words.
    """
    words = cells.dtype == object and not cells.map(lambda cell: is_number(cell or "0")).all()
    column = column_with(cloud.table, set(cells.dropna()), path) if words else None
    if column is not None or "id" not in cloud.table:
        return column
    if words or re.search(r"ids?$", name.strip().lower()):
        return "id"
    return "id" if _numbers_are_ids(as_words(cells), cloud, name) else None


def _numbers_are_ids(cells: pd.Series, cloud: Embeddings, name: str) -> bool:
    """Whether numbers can be ids only: all of them are, and not all are row numbers.

    Those that can be both are row numbers, which is said.
    """
    ids, cells = whole_words(cloud.table["id"]), whole_words(cells)
    if not ids.is_unique or (find_rows(cells, ids)[0] < 0).any():
        return False
    if not cells.isin([str(row) for row in range(len(cloud))]).all():
        return True
    if ids.tolist() != [str(row) for row in range(len(cloud))]:
        text = "pairs: numbers in column %r are ids too, and read as row numbers; call it %r if not"
        _log.warning(text, name, "image_id or text_id")
    return False


def _numbers(cells: pd.Series, path: Path, lines: np.ndarray, side: str, count: int) -> np.ndarray:
    values = pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan)
    _refuse(
        ~np.isfinite(values) | (values != np.floor(values)),
        path,
        lines,
        lambda row: (
            f"{'an empty cell' if cells.iloc[row] is None else cells.iloc[row]} is no {side} row; "
            "expected a whole number from 0"
        ),
    )
    outside = (values < 0) | (values >= count)
    hint = ""
    if outside.any() and values.min() >= 1 and values.max() == count:
        hint = ". These seem to count from 1: subtract 1"
    _refuse(
        outside,
        path,
        lines,
        lambda row: f"{side} row {values[row]:.0f}, expected 0 to {count - 1}{hint}",
    )
    return values.astype(np.intp)


def _refuse(bad: np.ndarray, path: Path, lines: np.ndarray, what: Callable[[int], str]) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        place = "line" if format_of(path) in SHEETS else "row"
        raise InputError(f"{path}: {place} {lines[row]}: {what(row)}")
