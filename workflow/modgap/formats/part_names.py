"""The numbers in the names of parts of a cloud or a table, by the standard library alone."""

from collections.abc import Iterable
from itertools import pairwise


def first_missing(numbers: Iterable[int]) -> int | None:
    """The first number that is not there between the smallest and the largest.

    >>> first_missing([3, 0, 1]), first_missing([2, 1])
    (2, None)
    """
    return next((a + 1 for a, b in pairwise(sorted(numbers)) if b > a + 1), None)
