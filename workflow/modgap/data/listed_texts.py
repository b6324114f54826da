"""Several captions within one cell: a list that was written as text."""

import ast
import io
import json
import re
import tokenize

from modgap.data.records import raw_texts

_BETWEEN = frozenset(("[", "]", "(", ")", ",", ""))
_ENDS = ("[]", "()")
# Words in brackets, which are many a caption, need no closer look.
_BEGIN = re.compile(r"""[\[(]\s*(u?["']|null|None|nan|NaN|[{\])])""")
# How JSON, Python and pandas write a text that is missing.
_MISSING = ("null", "None", "nan", "NaN")


def listed(text: str) -> list[str | None]:
    r"""The texts of a list written as text, in JSON, by Python or by numpy; else the text itself.

    pandas leaves lists so in the cells of a table, tuples too. A text that is missing is None, a
    list without any is an empty text; of records the texts are what is `raw` in each. What holds
    anything else is a caption in brackets.

    >>> listed('["a dog", "it\'s a pet"]'), listed("['a dog' 'a pet']"), listed("[a dog]")
    (['a dog', "it's a pet"], ['a dog', 'a pet'], ['[a dog]'])
    >>> listed("('a dog', None)"), listed("[]"), listed("[{'raw': 'a dog', 'sentid': 1}]")
    (['a dog', None], [''], ['a dog'])
    """
    inner = text.strip()
    if inner[:1] + inner[-1:] not in _ENDS or not _BEGIN.match(inner):
        return [text]
    try:
        texts = json.loads(inner)
    except (ValueError, RecursionError):
        texts = _records(inner) if inner.startswith("[{") else _literals(inner)
    if texts and all(isinstance(one, dict) and "raw" in one for one in texts):
        texts = [raw for one in texts for raw in raw_texts(one)]
    if texts == []:
        return [""]
    texts = [None if one != one else one for one in texts or [text]]  # nan is JSON for some
    return texts if all(one is None or isinstance(one, str) for one in texts) else [text]


def _records(text: str) -> list | None:
    """A list of records in Python's spelling, None if it is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _literals(text: str) -> list | None:
    """The strings of a list or tuple in Python's spelling, None if it is neither.

    Word by word: as a literal, strings without a comma between, which is how numpy writes them,
    would be joined to one.
    """
    try:
        words = list(tokenize.generate_tokens(io.StringIO(text).readline))
        texts = [
            None if word.string in _MISSING else ast.literal_eval(word.string)
            for word in words
            if word.type == tokenize.STRING or word.string in _MISSING
        ]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    between = [
        word.string.strip()
        for word in words
        if word.type != tokenize.STRING and word.string not in _MISSING
    ]
    first, last = text[0], text[-1]
    flat = between.count(first) == between.count(last) == 1 and _BETWEEN.issuperset(between)
    # A tuple of one has a comma too; without one these are words in parentheses.
    return texts if flat and (first == "[" or "," in between or not texts) else None
