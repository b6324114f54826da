"""Labels of images that somebody else's table gives."""

import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import OF_IMAGE, as_numbers, as_words, whole_words, with_ids
from modgap.formats.vector_columns import INDEX, shown
from modgap.measure.column_names import names_items
from modgap.measure.identity import find_rows, rows_by_index, rows_of_ids
from modgap.measure.joining import are_row_numbers, joining_columns
from modgap.measure.label_files import read_label_columns
from modgap.measure.one_set import refuse_other_names

_log = logging.getLogger(__name__)


def read_labels(path: str | os.PathLike, images: Embeddings, of: str | os.PathLike) -> pd.DataFrame:
    """Read the labels of images: the first column is the object, the others are attributes.

    Parameters
    ----------
    path
        As `read_label_columns`. A column `id` is no label: it joins the rows to the images if these
        have ids too, and so does any column of names that both tables have.
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
    frame = read_label_columns(path, images)
    key = OF_IMAGE if OF_IMAGE in frame and "id" not in frame else "id"
    frame = with_ids(frame, path, OF_IMAGE)
    columns = joining_columns(images.table, frame, (of, path))
    if columns is not None:
        frame = _joined(frame, columns, images, (path, of))
    elif "id" in frame:
        _log.info("%s: column %r is not read, %s has no ids: row i is image i", path, key, of)
    elif "id" in images.table:
        _log.info("%s has no ids as %s has: row i is image i", path, of)
    if len(frame) != len(images):
        raise InputError(
            f"{path}: {len(frame)} rows of labels for {len(images)} images; its columns are "
            f"called {shown(list(frame))}"
        )
    if columns is None:
        refuse_other_names(images.table, frame, (of, path))
        _warn_of_other_order(frame, path)
        frame = frame.iloc[rows_by_index(images.table, frame, (of, path))]
    frame = frame.drop(columns=["id", OF_IMAGE, INDEX], errors="ignore")
    frame = frame.drop(columns=_names_of(images, frame))
    if not len(frame.columns):
        raise InputError(f"{path}: no column of labels; expected the object, then attributes")
    labels = pd.DataFrame({name: whole_words(as_words(frame[name])) for name in frame})
    labels = labels.reset_index(drop=True)
    for name in labels:
        if labels[name].isna().all():
            raise InputError(f"{path}: column {name!r} is empty; fill it or leave it out")
    return labels


def usable_labels(
    labels: pd.DataFrame,
    images: Embeddings,
    paths: tuple[str | os.PathLike, str | os.PathLike],
) -> pd.DataFrame:
    """Those columns of labels that part images into classes, some of several; all if none does.

    What says the same of all images, or something else of each, is left out, which is said.

    Parameters
    ----------
    labels, images
        As `read_labels` has them.
    paths
        The files of both, for errors and the log.

    Raises
    ------
    InputError
        For a column that by its name and words names items, if the images are named otherwise.
    """
    counts = {name: labels[name].value_counts() for name in labels}
    known = images.table.get("id")
    for name, count in counts.items():
        if known is not None and count.max() == 1 and names_items(str(name)):
            raise InputError(
                f"{paths[0]}: column {name!r} names other items than {paths[1]}: "
                f"{labels[name].iloc[0]!r} in one, {known.iloc[0]!r} in the other; name the images "
                "as there, or leave the column out if row i is image i"
            )
    good = [name for name, count in counts.items() if len(count) > 1 and count.max() > 1]
    if not good or len(good) == len(counts):
        return labels
    _log.warning(
        "%s: %s left out, the same for all images or another for each; %r is the object",
        paths[0],
        ", ".join(repr(name) for name in counts if name not in good),
        good[0],
    )
    return labels[good]


def _warn_of_other_order(frame: pd.DataFrame, path: Path) -> None:
    """Warn of numbers that join nothing and may count the images in another order."""
    for name in frame:
        numbers = as_numbers(whole_words(as_words(frame[name]))) if names_items(str(name)) else None
        if numbers is None or are_row_numbers(numbers):
            continue
        counted = sorted(map(int, numbers))
        if counted in (list(range(len(counted))), list(range(1, len(counted) + 1))):
            text = "%s: %r counts rows in another order; sort them by it if it counts the images"
            _log.warning(text, path, name)


def _names_of(images: Embeddings, frame: pd.DataFrame) -> list[str]:
    """Columns of labels that name each image as a column of the images does, so are no labels."""
    known = [as_words(images.table[name]) for name in images.table if names_items(str(name))]
    known = [words for words in known if words.is_unique]
    names = []
    for name in frame:
        words = as_words(frame[name]).reset_index(drop=True)
        here = np.flatnonzero(words.notna())
        if len(here) and names_items(str(name)):
            rows = (find_rows(words[here], other)[0] for other in known)
            if any(np.array_equal(row, here) for row in rows):
                names.append(name)
    return names


def _joined(
    frame: pd.DataFrame, columns: tuple[str, str], images: Embeddings, paths: tuple
) -> pd.DataFrame:
    """The rows of the labels in the order of the images, without the column that joins them."""
    frame = frame.drop(columns=INDEX, errors="ignore")
    repeats = frame.astype(object).duplicated()
    if repeats.any():
        _log.info("%s: %d rows repeat others; left out", paths[0], int(repeats.sum()))
        frame = frame[~repeats].reset_index(drop=True)
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
