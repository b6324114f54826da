"""The numbers in the names of parts of a cloud or a table, by the standard library alone."""

from collections.abc import Iterable


def first_missing(numbers: Iterable[int]) -> int | None:
    """The first number that is not there between the smallest and the largest.

    >>> first_missing([3, 0, 1]), first_missing([2, 1])
    (2, None)
    """
    found = set(numbers)
    gaps = set(range(min(found, default=0), max(found, default=0))) - found
    return min(gaps, default=None)
