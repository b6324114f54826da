"""Columns that hold the words of a text, as arrays and tables of others call them."""

import pandas as pd

from modgap.formats.identity import spelled

_WORDS = ("text", "caption", "sentence", "prompt")


def is_word_column(name: object) -> bool:
    """Whether a name says that words of texts are under it.

    >>> is_word_column("Captions"), is_word_column("caption_ids")
    (True, False)
    """
    return spelled(str(name)).removesuffix("s") in _WORDS


def with_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with columns of words under one name: "captions" is "caption".

    Columns of anything but words, and of a name that is taken, stay as they are called.
    """
    names = {}
    for name in frame:
        one = spelled(str(name)).removesuffix("s")
        if (
            is_word_column(name)
            and one not in (*frame, *names.values())
            and _holds_words(frame[name])
        ):
            names[name] = one
    return frame.rename(columns=names)


def _holds_words(column: pd.Series) -> bool:
    words = column[column.notna().to_numpy()]
    return bool(len(words)) and bool(words.map(lambda cell: isinstance(cell, str)).all())
