"""The numbers in the names of parts or items of a cloud or a table, by the standard library."""

import re
from collections.abc import Iterable
from itertools import pairwise


def first_missing(numbers: Iterable[int]) -> int | None:
    """The first number that is not there between the smallest and the largest.

    >>> first_missing([3, 0, 1]), first_missing([2, 1])
    (2, None)
    """
    return next((a + 1 for a, b in pairwise(sorted(numbers)) if b > a + 1), None)


def in_number_order(names: list[str]) -> list[str]:
    """Names in the order of the number that alone differs, if none is missing; else as they are.

    >>> in_number_order(["a1", "a10", *(f"a{n}" for n in range(2, 10))])[-2:]
    ['a9', 'a10']
    >>> in_number_order(["a1", "a10", "a2"])
    ['a1', 'a10', 'a2']
    """
    counted = numbers_of(names)
    return names if counted is None else sorted(names, key=counted.__getitem__)


def numbers_of(names: list[str]) -> dict[str, int] | None:
    """The number of each name, if names differ in one number alone, of which none is missing.

    >>> numbers_of(["a0.npy", "a1.npy"]), numbers_of(["a0.npy", "a2.npy"])
    ({'a0.npy': 0, 'a1.npy': 1}, None)
    """
    if len({re.sub(r"\d+", "#", name) for name in names}) != 1:
        return None
    columns = list(zip(*(map(int, re.findall(r"\d+", name)) for name in names), strict=True))
    differ = [numbers for numbers in columns if len(set(numbers)) > 1]
    if len(differ) != 1 or first_missing(differ[0]) is not None:
        return None
    return dict(zip(names, differ[0], strict=True))
