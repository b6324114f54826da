"""Names of items as tables of others write them: numbers or words, one form for all."""

import logging
import os
import re
import unicodedata

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from modgap.formats.vector_columns import INDEX

_log = logging.getLogger(__name__)

# The column of texts that says which image each is of.
OF_IMAGE = "image_id"
_OF_IMAGES = ("imageid", "imageids")
_LEVEL = re.compile(r"__index_level_\d+__")
_WHOLE = re.compile(r"\d+(\.0)?", re.ASCII)


def spelled(name: str) -> str:
    """A name without what people spell differently.

    >>> spelled("Image ID"), spelled("image_id"), spelled("imageId")
    ('imageid', 'imageid', 'imageid')
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def with_ids(frame: pd.DataFrame, path: str | os.PathLike, own: str) -> pd.DataFrame:
    """A table of items with what names them in the column `id`, as words, if anything does.

    That is the column `id`, however it is spelled ("ID", "ids"); else the words that a pandas frame
    has for its index (row numbers in `INDEX` stay there: they tell the order, but only words name
    an item); else the column `own` ("image_ids" too, but not "text_ids", which images may not
    have). Where a text's image is named, the column is called `image_id`.

    Parameters
    ----------
    frame
        Any table with one row per item.
    path
        Its file, for the log: anything but `id` is said.
    own
        Such as "image_id" for images.
    """
    if "id" not in frame and (name := _named(frame, ("id", "ids"))) is not None:
        frame = frame.rename(columns={name: "id"})
        _log.info("%s: column %r taken as the ids", path, name)
    levels = [name for name in frame if _LEVEL.fullmatch(str(name))]
    if levels and "id" not in frame and any(is_text(frame[name]) for name in levels):
        words = [as_words(frame[name]).fillna("") for name in levels]
        ids = words[0].str.cat(words[1:], sep="/") if words[1:] else frame[INDEX]
        frame = frame.drop(columns=levels).assign(id=ids)
        _log.info("%s: the index of the frame taken as the ids", path)
    spellings = _OF_IMAGES if own == OF_IMAGE else (spelled(own),)
    if "id" not in frame and (name := _named(frame, spellings)) is not None:
        frame = frame.rename(columns={name: "id"})
        _log.info("%s: column %r taken as the ids", path, name)
    if OF_IMAGE not in frame and (name := _named(frame, _OF_IMAGES)) is not None:
        frame = frame.rename(columns={name: OF_IMAGE})
    return frame.assign(id=as_words(frame["id"])) if "id" in frame else frame


def _named(frame: pd.DataFrame, spellings: tuple[str, ...]) -> str | None:
    """The one column of single values that is called so."""
    names = [name for name in frame if spelled(str(name)) in spellings]
    names = [name for name in names if not is_nested(frame[name])]
    return names[0] if len(names) == 1 else None


def is_nested(column: pd.Series) -> bool:
    """Whether the cells of a column are lists or records."""
    known = column.dropna()
    return bool(len(known)) and isinstance(known.iloc[0], list | dict | np.ndarray)


def is_text(column: pd.Series) -> bool:
    """Whether every cell of a column is a string."""
    if column.empty or is_numeric_dtype(column):
        return False
    return column.map(lambda value: isinstance(value, str)).all()


def as_words(column: pd.Series) -> pd.Series:
    """Turn a column into words: 1, 1.0 and "1" are one word, a missing cell is None.

    Only what is missing in the table itself is: null, NaN, or text that is empty. Words that some
    readers take for missing ("None", "NA", "nan") stay words. A letter with its accent is one
    character or two, as file names on macOS are: both are one word. Bytes that are no text (UUIDs)
    are written as hexadecimal numbers.

    Parameters
    ----------
    column
        Numbers, words, categories or truth values.

    Returns
    -------
    pandas.Series
        Python strings and None, of dtype object, with the same index.

    Examples
    --------
    >>> as_words(pd.Series([1.0, 2.5, np.nan])).tolist()
    ['1', '2.5', None]
    >>> as_words(pd.Series(["None", " a ", ""])).tolist()
    ['None', 'a', None]
    """
    words = [_word(value) for value in column.astype(object)]
    return pd.Series(words, index=column.index, dtype=object, name=column.name)


def _word(value: object) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return None
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, bytes):
        value = _text(value)
    word = str(value).strip()
    return (word if word.isascii() else unicodedata.normalize("NFC", word)) or None


def _text(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else value.hex()


def as_numbers(words: pd.Series) -> pd.Series | None:
    """Words that are all whole numbers as such numbers ("007" and "7" are one); else None."""
    if not all(isinstance(word, str) and word.isascii() and word.isdigit() for word in words):
        return None
    return words.map(lambda word: word.lstrip("0") or "0")


def whole_words(words: pd.Series) -> pd.Series:
    """Words of whole numbers without the ".0" that pandas writes beside a missing one.

    Only where all words of the column are whole numbers: "1.0" beside "1.1" stays as it is.

    >>> whole_words(pd.Series(["50.0", "7"])).tolist(), whole_words(pd.Series(["1.0", "1.10"]))[0]
    (['50', '7'], '1.0')
    """
    if not all(_WHOLE.fullmatch(word) for word in words.dropna()):
        return words
    return words.mask(words.notna(), words.str.removesuffix(".0"))
