"""Which drawings are trained on, and which two kinds of novelty are tested.

- train: every style but one, and of the emoji all but one in ten, skin tones included.
- style: the style held out, of emoji whose caption was trained on in other styles.
- concept: the emoji held out, in one of the styles trained on.

Tests are without skin tones, which differ in a colour and a word alone.
"""

import hashlib
from collections.abc import Iterable

from modgap.data.emoji.texts import Emoji

SPLITS = ("train", "style", "concept")
# Styles of the two tests: the most complete ones.
HELD_OUT_STYLE, CONCEPT_STYLE = "twemoji", "noto"
_ONE_IN = 10


def held_out_emoji(bases: Iterable[str]) -> frozenset[str]:
    """One emoji in ten, by key: those whose key has the smallest SHA-256.

    No generator of random numbers decides, so that the split is the same with any version of any
    library, and that a further emoji moves few others.
    """
    ordered = sorted(set(bases), key=lambda key: hashlib.sha256(key.encode()).digest())
    return frozenset(ordered[: round(len(ordered) / _ONE_IN)])


def split_of(style: str, emoji: Emoji, held_out: frozenset[str]) -> str:
    """The split of a drawing; of one that belongs to none, the reason, in brackets."""
    toned, unseen = emoji.key != emoji.base, emoji.base in held_out
    if style == HELD_OUT_STYLE:
        if unseen:
            return "(emoji and style are both held out)"
        return "(held out, with a skin tone)" if toned else "style"
    if not unseen:
        return "train"
    if style != CONCEPT_STYLE:
        return "(emoji held out, another style than that of the test)"
    return "(held out, with a skin tone)" if toned else "concept"
