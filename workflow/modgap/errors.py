"""The one error that bad input raises, and the hint for a misspelt name."""

import difflib
from collections.abc import Collection


class InputError(ValueError):
    """Input that cannot be used as it is.

    The message is meant for the user: it names the file, row, key or argument, says what was
    expected, and what to do. Scripts and the command line print it without a traceback and exit 1.
    """


def nearest(word: str, known: Collection[str], what: str = "known") -> str:
    """A hint for a misspelt word: the nearest known one, or all of them if none is near.

    >>> nearest("epoch", ["epochs", "seed"])
    "did you mean 'epochs'?"
    """
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"{what}: {', '.join(known)}"
