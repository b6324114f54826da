"""Names of items as tables of others write them: numbers or words, one form for all."""

import numpy as np
import pandas as pd


def as_words(column: pd.Series) -> pd.Series:
    """Turn a column into words: 1, 1.0 and "1" are one word, a missing cell is None.

    Only what is missing in the table itself is: null, NaN, or text that is empty. Words that some
    readers take for missing ("None", "NA", "nan") stay words.

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
        value = value.decode("utf-8", "backslashreplace")
    return str(value).strip() or None


def as_numbers(words: pd.Series) -> pd.Series | None:
    """Words that are all whole numbers as such numbers ("007" and "7" are one); else None."""
    if not words.map(
        lambda word: isinstance(word, str) and word.isascii() and word.isdigit()
    ).all():
        return None
    return words.map(lambda word: word.lstrip("0") or "0")
