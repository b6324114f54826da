"""Views of captions: parts of them, drawn anew for each epoch of a training."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from modgap.data.letters import LETTERS
from modgap.errors import InputError, nearest

# Letters and digits of any script; "man's" and "1,000" are one word each.
_WORD = re.compile(rf"{LETTERS}(?:(?:['’]|(?<=\d)[.,](?=\d)){LETTERS})*")
# Behind a comma (not that of 1,000), a semicolon, or the end of a sentence.
_BORDER = re.compile(r"(?<=;)|(?<=,)(?!\d)|(?<=[.!?])(?=\s)")


class _View(NamedTuple):
    """What is cut, "words" or "pieces", and into how many parts, of which one stays."""

    unit: str
    parts: int


VIEWS = {
    "full": _View("words", 1),
    "half": _View("words", 2),
    "quarter": _View("words", 4),
    "pieces_half": _View("pieces", 2),
    "pieces_quarter": _View("pieces", 4),
}


def view(texts: Sequence[str], name: str, rng: np.random.Generator) -> list[str]:
    """Draw a view of each caption.

    Parameters
    ----------
    texts
        Captions, sentences or lists of tags alike.
    name
        "full": as they are. "half": the first or the last half of the words, with equal chance.
        "quarter": one of the four contiguous quarters. "pieces_half", "pieces_quarter": so large a
        share of the caption's pieces (see `pieces`), a random choice in their own order.
    rng
        Makes the draws. A caption's draw depends on those before it in `texts`.

    Returns
    -------
    list of str
        One view per caption, in order; of words a contiguous part of the caption, with what stands
        between its words.

    Raises
    ------
    InputError
        For an unknown name, and if no view has a word.

    Notes
    -----
    Of n words each part has n // 2 or n // 4, and the last one the remainder too, as in the paper's
    code. There a caption of fewer words than parts is *empty* unless the last part is drawn: a
    quarter of up to three words in three of four draws, a half of one word in one of two. Here it
    is cut into as many parts as it has words: **no view is empty** of a caption that has a word.
    Of m pieces m / 2 or m / 4 stay, rounded up or down by chance such that this is the mean, and at
    least one. (How the paper drops sentences was not released.)

    References
    ----------
    Schrodi et al. 2025, "Two effects, one trigger", figures 7c (halves and quarters) and 15
    (sentences).

    Examples
    --------
    >>> view(["a cat, asleep"], "half", np.random.default_rng(0))
    ['cat, asleep']
    >>> view(["a cat, asleep"], "pieces_half", np.random.default_rng(0))
    ['asleep']
    """
    if name not in VIEWS:
        raise InputError(f"captions: {name!r} is no view of captions; {nearest(name, list(VIEWS))}")
    unit, parts = VIEWS[name]
    if parts == 1:
        views = list(texts)
    elif unit == "words":
        draws = rng.random(len(texts)).tolist()
        views = [_part(text, parts, draw) for text, draw in zip(texts, draws, strict=True)]
    else:
        views = _some_pieces(texts, parts, rng)
    if not any(_WORD.search(text) for text in views):
        raise InputError(
            f"captions: no word in any of {len(views)} captions (view {name!r}); check the "
            "captions of the data set"
        )
    return views


def pieces(text: str) -> list[str]:
    """The pieces of a caption: its sentences, clauses or tags, each with its closing mark.

    They end at commas, semicolons and ends of sentences; what has no word is no piece.

    >>> pieces("flag, egypt; 1,000 years. Old!")
    ['flag,', 'egypt;', '1,000 years.', 'Old!']
    """
    return [part.strip() for part in _BORDER.split(text) if _WORD.search(part)]


def _part(text: str, parts: int, draw: float) -> str:
    """The part of a caption that `draw`, in [0, 1), falls on."""
    spans = [match.span() for match in _WORD.finditer(text)]
    parts = min(parts, len(spans))
    if parts < 2:
        return text
    size, number = len(spans) // parts, int(draw * parts)
    last = len(spans) if number == parts - 1 else (number + 1) * size
    return text[spans[number * size][0] : spans[last - 1][1]]


def _some_pieces(texts: Sequence[str], parts: int, rng: np.random.Generator) -> list[str]:
    cut = [pieces(text) for text in texts]
    roundings = rng.random(len(cut)).tolist()
    draws = rng.random(sum(map(len, cut))).tolist()
    views, start = [], 0
    for text, own, rounding in zip(texts, cut, roundings, strict=True):
        keys = draws[start : start + len(own)]
        start += len(own)
        kept = max(1, int(len(own) / parts + rounding))
        if kept >= len(own):
            views.append(text)
            continue
        highest = sorted(keys)[kept - 1]
        chosen = [piece for piece, key in zip(own, keys, strict=True) if key <= highest]
        views.append(" ".join(chosen).rstrip(",; "))
    return views
