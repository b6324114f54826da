"""Rows of two tables that name the same items, joined by id."""

import logging
import os

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.identity import as_numbers

_log = logging.getLogger(__name__)


def rows_of_ids(
    wanted: pd.Series, known: pd.Series, paths: tuple[str | os.PathLike, str | os.PathLike]
) -> np.ndarray:
    """The row of each wanted id among the known ones, −1 where it is not among them.

    Where the two share nothing but are all whole numbers, they are compared as numbers, so that
    000000000042 is 42.

    Parameters
    ----------
    wanted, known
        Ids as words; `known` without repeats.
    paths
        The files of both, for errors.

    Raises
    ------
    InputError
        If an id is repeated in `known`, or the two share none.
    """
    rows = _rows(wanted, known, paths)
    if (rows < 0).all():
        numbers = as_numbers(wanted), as_numbers(known)
        if all(ids is not None for ids in numbers):
            rows = _rows(*numbers, paths)
            if (rows >= 0).any():
                _log.info("%s, %s: ids are compared as numbers", *paths)
    if (rows < 0).all():
        raise InputError(
            f"{paths[0]} and {paths[1]} share no id: {wanted.iloc[0]!r} in one, {known.iloc[0]!r} "
            "in the other; expected the same ids in both, or tables without ids, whose rows match "
            "in order"
        )
    return rows


def warn_of_index(numbers: pd.Series | None, path: str | os.PathLike) -> None:
    """Warn if the row numbers that pandas stored say that the rows of a table were reordered."""
    if numbers is not None and not numbers.is_monotonic_increasing:
        text = (
            "%s: its pandas index is out of order and not read: rows match in order. A column id "
        )
        _log.warning(text + "joins rows by name", path)


def _rows(wanted: pd.Series, known: pd.Series, paths: tuple) -> np.ndarray:
    repeated = known[known.duplicated()]
    if len(repeated):
        raise InputError(
            f"{paths[1]}: id {repeated.iloc[0]!r} in row {repeated.index[0]} was used before; ids "
            "are unique in a table that others refer to"
        )
    return pd.Index(known).get_indexer(wanted)
