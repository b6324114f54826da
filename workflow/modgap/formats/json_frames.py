"""Objects within an object in JSON: the columns of a frame, or its rows."""

import logging
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from modgap.errors import InputError
from modgap.formats.sides import says_embedding

_log = logging.getLogger(__name__)

_NUMBERED = re.compile(r"(.*?)(\d+)")
# The names on one side of a table, and the cells of each.
_Side = tuple[list[str], list[Sequence]]


def holds_columns(content: dict[str, dict], path: str | os.PathLike) -> bool:
    """Whether objects of one shape are the columns of a frame (pandas' default), not its rows.

    Parameters
    ----------
    content
        Objects that have the same names.
    path
        What errors and the log call the file.

    Raises
    ------
    InputError
        If rows cannot be told from columns.
    """
    outer, inner = list(content), list(next(iter(content.values())))
    down = [[value[name] for name in inner] for value in content.values()]
    sides = (outer, down), (inner, list(zip(*down, strict=True)))
    for columns, rows in _signs(*sides):
        if columns != rows:
            return columns
    if (columns := _by_count(outer, inner, path)) is not None:
        return columns
    raise InputError(
        f"{path}: {outer[0]!r}, … and {inner[0]!r}, … within it: rows cannot be told from columns; "
        'write records, {"id": "a", "embedding": [0.1, 0.2]}, as pandas does with '
        'to_json(orient="records")'
    )


def are_arrays(values: Sequence) -> bool:
    """Whether all values are lists of numbers, which are read as arrays."""
    return all(isinstance(value, np.ndarray) for value in values)


def count(names: Sequence[str] | dict) -> bool:
    """Whether names end in the numbers 0…n−1, in any order.

    >>> count(["x1", "x0"]), count(["1", "2"]), count(["0", "label"])
    (True, False, False)
    """
    lengths = [len(name) - len(name.rstrip("0123456789")) for name in names]
    ends = [name[len(name) - n :] for name, n in zip(names, lengths, strict=True)]
    return all(ends) and sorted(map(int, ends)) == list(range(len(ends)))


def _signs(outer: _Side, inner: _Side) -> Iterator[tuple[bool, bool]]:
    """What says that the outer objects are columns, and what that the inner ones are, by weight."""
    sides = outer, inner
    lists = [any(map(are_arrays, cells)) for _, cells in sides]
    yield tuple(lists)
    if all(lists):  # in every cell: what is called an embedding is a column, what counts a row
        yield tuple(any(map(says_embedding, names)) for names, _ in sides)
        yield count(inner[0]), count(outer[0])
        return
    # Numbers in every cell: columns are what holds words beside others, and what counts.
    yield tuple(_hold_words_beside_numbers(cells) for _, cells in sides)
    yield tuple(_are_dimensions_beside_others(names) for names, _ in sides)


def _by_count(outer: list[str], inner: list[str], path: str | os.PathLike) -> bool | None:
    """Whether the outer names are of columns by the numbers in them; None if these do not tell."""
    if any(map(_may_be_dimensions, (outer, inner))):
        return None
    columns, rows = count(outer), count(inner)
    if columns != rows:
        names, dimensions = (inner, outer) if columns else (outer, inner)
        if _dimensions(names) and not says_embedding(dimensions[0]):  # dog1, …, as PC1, … are
            text = "%s: read as %d rows, %r, …, of %d columns, %r, …; if they are not, save records"
            _log.warning(text, path, len(names), names[0], len(dimensions), dimensions[0])
        return columns
    if columns and all(name.isdigit() for name in (*outer, *inner)):
        text = "%s: read as pandas writes a frame by default: %d columns (0, …) of %d rows"
        _log.warning(text, path, len(outer), len(inner))
        return True
    return None


def _hold_words_beside_numbers(lines: list[Sequence]) -> bool:
    """Whether some lines hold words alone, and all others numbers."""
    kinds = [{type(cell) for cell in cells} - {type(None)} for cells in lines]
    words = [kind == {str} for kind in kinds]
    numbers = [bool(kind) and kind <= {int, float} for kind in kinds]
    return any(words) and any(numbers) and all(map(bool.__or__, words, numbers))


def _are_dimensions_beside_others(names: list[str]) -> bool:
    """Whether numbers, or names of embeddings and numbers, stand beside other names."""
    return any(
        len(numbers) < len(names) and (not word or says_embedding(word))
        for word, numbers in _dimensions(names).items()
    )


def _may_be_dimensions(names: list[str]) -> bool:
    """Whether a word and numbers stand beside words without numbers: e0, e1, …, label."""
    numbered = [name for name in names if _NUMBERED.fullmatch(name)]
    sets = list(_dimensions(names).values())
    return len(sets) == 1 and len(sets[0]) == len(numbered) < len(names)


def _dimensions(names: list[str]) -> dict[str, set[int]]:
    """The numbers behind each word, if they are 0…d−1 or 1…d."""
    sets = defaultdict(set)
    for match in filter(None, map(_NUMBERED.fullmatch, names)):
        sets[match[1]].add(int(match[2]))
    return {
        word: numbers
        for word, numbers in sets.items()
        if len(numbers) > 1 and max(numbers) - min(numbers) + 1 == len(numbers) and min(numbers) < 2
    }
