"""Images and texts of two files by what names them: which are one pair, which rows one image."""

import logging
import os

import numpy as np

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import OF_IMAGE, as_words, is_nested, spelled
from modgap.formats.words import is_word_column
from modgap.measure.column_names import is_plain
from modgap.measure.joining import are_row_numbers, joining_columns
from modgap.measure.sameness import first_alike, unlike_row

_log = logging.getLogger(__name__)


def named_alike(
    images: Embeddings, texts: Embeddings, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> tuple[Embeddings, Embeddings]:
    """Two clouds whose columns `id` and `image_id` say which text is of which image.

    They come as they are where ids say so already, or nothing does. Names of images may repeat, as
    in a file with one row per text, whose own number, or words, say no more than the order of rows.
    """
    columns = _repeated_names(images, texts) if _count_rows(images, texts) else None
    if columns is None:
        columns = joining_columns(texts.table, images.table, paths[::-1], (OF_IMAGE, "id"))
    if columns is None or is_word_column(columns[1]):
        columns = _repeated_names(images, texts) or columns
    if columns is None or columns in ((OF_IMAGE, "id"), ("id", "id")):
        return images, texts
    _log.info("%s: column %r names the images, as %r of %s does", paths[1], *columns, paths[0])
    x = images.table.assign(id=as_words(images.table[columns[1]]))
    y = texts.table.assign(image_id=as_words(texts.table[columns[0]]))
    return (
        Embeddings(x, images.vectors, images.metadata),
        Embeddings(y, texts.vectors, texts.metadata),
    )


def first_of_each(images: Embeddings, path: str | os.PathLike) -> np.ndarray:
    """For each row the first one of the same id: rows of one id are one image, embedded anew.

    Raises `InputError` naming an id whose embeddings are as far apart as those of any two images.
    """
    ids = images.table.get("id")
    if ids is None or ids.is_unique:
        return np.arange(len(images))
    first = first_alike(ids)
    if (row := unlike_row(images.vectors, first)) is not None:
        raise InputError(
            f"{path}: row {row} has the id {ids.iloc[row]!r} of row {first[row]} and an entirely "
            "different embedding; expected one id for each image: rename the column, or give each "
            "image an id of its own"
        )
    text = "images: %d of %d are different by their ids; copies of one count as one, the first"
    _log.warning(text, ids.nunique(), len(ids))
    return first


def _count_rows(images: Embeddings, texts: Embeddings) -> bool:
    tables = images.table, texts.table
    return all("id" in table and are_row_numbers(table["id"]) for table in tables)


def _repeated_names(images: Embeddings, texts: Embeddings) -> tuple[str, str] | None:
    """The columns of one name that names an image in several rows of both tables.

    Where rows are in one order, what is called so may be a class, and rows of one no copies.
    """
    for a in images.table:
        b = next((name for name in texts.table if spelled(str(name)) == spelled(str(a))), None)
        if b is None or a == "id" or not is_plain(a) or is_nested(texts.table[b]):
            continue
        words, known = as_words(texts.table[b]), as_words(images.table[a])
        if known.isna().any() or known.is_unique or not words.isin(known).all():
            continue
        unlike = unlike_row(images.vectors, first_alike(known)) is not None
        if words.tolist() != known.tolist() or not unlike:
            return b, a
    return None
