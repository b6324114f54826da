"""Several captions within one cell: a list that was written as text."""

import ast
import io
import json
import tokenize

_BETWEEN = frozenset(("[", "]", ",", ""))


def listed(text: str) -> list[str]:
    r"""The texts of a list written as text, in JSON, by Python or by numpy; else the text itself.

    pandas leaves lists so in the cells of a table. What holds anything but strings is a caption in
    brackets.

    >>> listed('["a dog", "it\'s a pet"]'), listed("['a dog' 'a pet']"), listed("[a dog]")
    (['a dog', "it's a pet"], ['a dog', 'a pet'], ['[a dog]'])
    """
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")):
        return [text]
    try:
        texts = json.loads(inner)
    except (ValueError, RecursionError):
        texts = _literals(inner)
    sound = isinstance(texts, list) and texts and all(isinstance(one, str) for one in texts)
    return texts if sound else [text]


def _literals(text: str) -> list:
    """The strings of a list in Python's spelling, empty if it is none.

    Word by word: as a literal, strings without a comma between, which is how numpy writes them,
    would be joined to one.
    """
    try:
        words = list(tokenize.generate_tokens(io.StringIO(text).readline))
        strings = [ast.literal_eval(word.string) for word in words if word.type == tokenize.STRING]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return []
    between = [word.string.strip() for word in words if word.type != tokenize.STRING]
    flat = between.count("[") == between.count("]") == 1 and _BETWEEN.issuperset(between)
    return strings if flat else []
