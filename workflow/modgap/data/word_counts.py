"""How many captions of a corpus hold a word: attribute against object words (Fig 6a)."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from modgap.data.letters import LETTERS
from modgap.errors import InputError
from modgap.study.sheets import read_tsv

COLUMNS = ("corpus", "word", "kind", "captions")
_WORD = re.compile(LETTERS)


def count_words(captions: Iterable[str], words: Iterable[str]) -> tuple[dict[str, int], int]:
    """Number of captions that hold each of `words`, and the number of captions.

    A word is a maximal run of letters and digits, in any case and script: "red-brick" holds "red"
    and "brick", "reddish" does not hold "red", and "dogs" does not hold "dog". An entry of several
    words ("hot dog") must stand in one piece. A caption counts once per entry however often it
    holds it. Captions are streamed (see `modgap.data.corpus.read_captions`): memory does not grow
    with their number.
    """
    entries = _entries(words)
    by_first: dict[str, list[tuple[str, str]]] = {}
    for word, phrase in entries.items():
        by_first.setdefault(phrase.split()[0], []).append((word, f" {phrase} "))
    known, counts, total = by_first.keys(), Counter(), 0
    for caption in captions:
        total += 1
        tokens = _tokens(caption)
        present = known & set(tokens)
        text = f" {' '.join(tokens)} " if present else ""
        counts.update(
            word for first in present for word, phrase in by_first[first] if phrase in text
        )
    return {word: counts[word] for word in entries}, total


def _tokens(text: str) -> list[str]:
    """The words of a text in lower case; an accent may be a character of its own in it (NFD)."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _entries(words: Iterable[str]) -> dict[str, str]:
    """Entry as given → its words in lower case, one space between."""
    entries = {word: " ".join(_tokens(word)) for word in words}
    empty = [word for word, phrase in entries.items() if not phrase]
    if empty or not entries:
        raise InputError(f"words to count: {empty or 'none'} given, expected letters or digits")
    return entries


def count_table(
    captions: Iterable[str], corpus: str, words: pd.DataFrame
) -> tuple[pd.DataFrame, int]:
    """A table like config/word_counts.tsv for one corpus, and its number of captions.

    `words` has the columns word and kind (attribute, object).
    """
    counts, total = count_words(captions, words["word"])
    if not total:
        raise InputError(f"corpus {corpus!r} has no captions")
    table = words[["word", "kind"]].drop_duplicates("word").reset_index(drop=True)
    table.insert(0, "corpus", corpus)
    return table.assign(captions=[counts[word] for word in table["word"]]), total


def read_word_counts(path: str | os.PathLike) -> pd.DataFrame:
    """Published counts: corpus, word, kind (attribute, object), captions (int).

    A word that was not counted in a corpus has no row there.
    """
    rows = read_tsv(path, COLUMNS)
    table = pd.DataFrame([cells for _, cells in rows], columns=[*COLUMNS])
    for number, cells in rows:
        if not re.fullmatch("[0-9]{1,18}", cells["captions"]):
            raise InputError(
                f"{path}: line {number}: column captions holds something else than counts: "
                f"{cells['captions']!r}"
            )
    table["captions"] = table["captions"].astype("int64")
    bad = ~table["kind"].isin(["attribute", "object"]) | table.duplicated(["corpus", "word"])
    if bad.any():
        row = table[bad].iloc[0]
        raise InputError(
            f"{path}: {row['corpus']} {row['word']!r}: kind is attribute or object, and a word "
            "stands once per corpus"
        )
    return table
