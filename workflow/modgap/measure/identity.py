"""Rows of two tables that name the same items, joined by id."""

import logging
import os
import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import as_numbers, as_words, is_nested, is_text, spelled
from modgap.formats.vector_columns import INDEX

_log = logging.getLogger(__name__)

# What a column is called that is made to name items: its numbers do, and what two such columns do
# not share is missing. Numbers of another ("rank") and words ("title") may agree by chance.
_MADE_TO_NAME = re.compile(
    r".*(ids?|key|uu?id|idx|index|number|file|filename|path|url)|row|item|sample|images?|texts?|"
    "unnamed0"
)


def rows_of_ids(
    wanted: pd.Series, known: pd.Series, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> np.ndarray:
    """The row of each wanted id among the known ones, −1 where it is not among them.

    Where words leave some unknown and all are whole numbers, they are compared as numbers, so that
    000000000042 is 42. Where no word is known, names of files are, without their folders and then
    without their endings, so that images/dog.jpg is dog.jpg or dog.

    Parameters
    ----------
    wanted, known
        Ids as words; `known` without repeats.
    paths
        The files of both, for errors.

    Raises
    ------
    InputError
        If an id is repeated in `known`, or the two share none.
    """
    repeated = known[known.duplicated()]
    if len(repeated):
        raise InputError(
            f"{paths[1]}: id {repeated.iloc[0]!r} in row {repeated.index[0]} was used before; ids "
            "are unique in a table that others refer to"
        )
    rows, compared = _find(wanted, known)
    if compared != _AS_WORDS:
        _log.info("%s, %s: ids are compared as %s", *paths, compared)
    if (rows < 0).all():
        raise InputError(
            f"{paths[0]} and {paths[1]} share no id: {wanted.iloc[0]!r} in one, {known.iloc[0]!r} "
            "in the other; expected the same ids in both, or tables without ids, whose rows match "
            "in order"
        )
    return rows


def _find(wanted: pd.Series, known: pd.Series) -> tuple[np.ndarray, str]:
    """Rows of the wanted words among unique known ones, and what they were compared as."""
    rows = pd.Index(known).get_indexer(wanted)
    if not (rows < 0).any():
        return rows, _AS_WORDS
    numbers = as_numbers(wanted), as_numbers(known)
    if numbers[0] is not None and numbers[1] is not None and numbers[1].is_unique:
        return pd.Index(numbers[1]).get_indexer(numbers[0]), "numbers"
    if (rows < 0).all():
        for what, shorter in _SHORTER.items():
            short = _shortened(wanted, shorter), _shortened(known, shorter)
            if short[0] is not None and short[1] is not None:
                found = pd.Index(short[1]).get_indexer(short[0])
                if not (found < 0).any():
                    return found, what
    return rows, _AS_WORDS


def _shortened(words: pd.Series, shorter: Callable[[str], str]) -> pd.Series | None:
    """Words made shorter; None if one is missing or two that differ become one."""
    if words.isna().any():
        return None
    short = words.map(shorter)
    return short if short.nunique() == words.nunique() else None


def _without_folder(word: str) -> str:
    return re.split(r"[/\\]", word)[-1]


_AS_WORDS = "words"
_SHORTER: dict[str, Callable[[str], str]] = {
    "names of files without their folders": _without_folder,
    "names of files without their folders and endings": lambda word: re.sub(
        r"\.[A-Za-z]\w{1,4}$", "", _without_folder(word)
    ),
}


def names_items(column: str) -> bool:
    """Whether a column's name says that it names items.

    >>> names_items("file_name"), names_items("Image ID"), names_items("colour")
    (True, True, False)
    """
    return _MADE_TO_NAME.fullmatch(spelled(column)) is not None


def joining_columns(
    wanted: pd.DataFrame,
    known: pd.DataFrame,
    wanted_ids: tuple[str, ...] = ("id",),
    known_ids: tuple[str, ...] = ("id",),
) -> tuple[str, str] | None:
    """The columns by which rows of one table name the rows of another, whatever they are called.

    Ids that share a word decide. Else it is the first column of words of one of which all are
    among those of a column of the other, where no two are alike: file names, keys, captions. Of
    two of one name that is made for it ("path") more than half will do: the items differ.

    Parameters
    ----------
    wanted, known
        One row per item each; several rows of `wanted` may name one of `known`.
    wanted_ids, known_ids
        What columns of ids are called.

    Returns
    -------
    (str, str) or None
        The column of `wanted` and that of `known`; None where nothing names the same items.
    """
    ids = [(b, a) for b in wanted_ids if b in wanted for a in known_ids if a in known]
    for b, a in ids:
        if _share_any(wanted[b], known[a]):
            return b, a
    names, among = dict(_names(wanted)), dict(_names(known))
    pairs = [(b, a) for b in names for a in among]
    for b, a in sorted(pairs, key=lambda pair: spelled(pair[0]) != spelled(pair[1])):
        same = spelled(b) == spelled(a)
        if not among[a].is_unique or not (same or (is_text(wanted[b]) and is_text(known[a]))):
            continue
        share = (_find(names[b], among[a])[0] >= 0).mean()
        if share == 1 or (same and names_items(str(a)) and share > 0.5):
            return b, a
    return ids[0] if ids else None


def _share_any(wanted: pd.Series, known: pd.Series) -> bool:
    wanted, known = as_words(wanted), as_words(known)
    if known.is_unique:
        return bool((_find(wanted, known)[0] >= 0).any())
    return bool(wanted.isin(known).any())


def _names(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Columns that may name items, as words: text, or numbers where the name says so."""
    for name in table:
        column = table[name]
        if name == INDEX or is_nested(column):
            continue
        if not is_text(column) and not names_items(str(name)):
            continue
        words = as_words(column)
        if words.notna().all() and (is_text(column) or as_numbers(words) is not None):
            yield name, words


def named_alike(
    images: Embeddings, texts: Embeddings, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> tuple[Embeddings, Embeddings]:
    """Two clouds whose columns `id` and `image_id` say which text is of which image.

    They come as they are where ids say so already, or nothing does.
    """
    found = joining_columns(texts.table, images.table, ("image_id", "id"))
    if found is None or found in (("image_id", "id"), ("id", "id")):
        return images, texts
    _log.info("%s: column %r names the images, as %r of %s does", paths[1], *found, paths[0])
    x = images.table.assign(id=as_words(images.table[found[1]]))
    y = texts.table.assign(image_id=as_words(texts.table[found[0]]))
    return (
        Embeddings(x, images.vectors, images.metadata),
        Embeddings(y, texts.vectors, texts.metadata),
    )


def rows_by_index(
    wanted: pd.DataFrame, known: pd.DataFrame, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> np.ndarray:
    """Row i for row i, unless row numbers that pandas kept say that one table was reordered."""
    rows = np.arange(len(wanted))
    index = [table[INDEX] for table in (wanted, known) if INDEX in table]
    if len(index) == 2 and index[0].tolist() != index[1].tolist() and index[1].is_unique:
        places = pd.Index(index[1]).get_indexer(index[0])
        if sorted(places) == rows.tolist():
            _log.warning("%s and %s are joined by the index of the pandas frames", *paths[::-1])
            return places
    for table, path in ((known, paths[1]), (wanted, paths[0])):
        warn_of_index(table.get(INDEX), path)
    return rows


def warn_of_index(numbers: pd.Series | None, path: str | os.PathLike) -> None:
    """Warn if the row numbers that pandas stored say that the rows of a table were reordered."""
    if numbers is not None and not numbers.is_monotonic_increasing:
        text = (
            "%s: its pandas index is out of order and not read: rows match in order. A column id "
        )
        _log.warning(text + "joins rows by name", path)
