"""Flat records from JSON as an Arrow table, each column of one kind."""

import logging
import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.identity import as_words
from modgap.formats.vector_columns import INDEX

_log = logging.getLogger(__name__)


def table_of(
    records: list[dict], path: str | os.PathLike, index: Sequence | np.ndarray | None = None
) -> pa.Table:
    """Flat records as a table, with the names of a frame's rows in `INDEX`."""
    names = dict.fromkeys(name for record in records for name in record)
    columns = {}
    for name in names:
        column = _column([record.get(name) for record in records], name, path)
        if column is None:
            _log.info("%s: %r not read: lists of several kinds", path, name)
        else:
            columns[name] = column
    if index is not None and INDEX not in columns:
        labels = [str(label) for label in index]
        counted = all(label.isascii() and label.isdigit() for label in labels)
        columns[INDEX] = pa.array(list(map(int, labels)) if counted else labels)
    return pa.table(columns)


def _column(values: list, name: str, path: str | os.PathLike) -> pa.Array | None:
    """A column of one kind; None for lists that are not all of numbers and have no kind."""
    if any(map(is_one_row, values)):
        # Features of one item as pipelines of Hugging Face leave them, (1, d) each.
        values = [value[0] if is_one_row(value) else value for value in values]
    kinds = {type(value) for value in values} - {type(None)}
    if np.ndarray in kinds:
        return _vectors(values, name, path)
    if kinds & {list, dict}:
        try:
            return pa.array(values)
        except (pa.ArrowException, OverflowError):
            return None
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return pa.array(values, pa.int64())
    # A whole number beyond 2^53 is a name, and would be another as a floating-point number.
    exact = all(type(value) is not int or abs(value) <= 2**53 for value in values)
    if kinds in ({float}, {int, float}) and exact:
        return pa.array(values, pa.float64())
    if len(kinds) > 1 or kinds == {int}:
        _log.info("%s: numbers and words in %r are taken as words", path, name)
        values = as_words(pd.Series(values, dtype=object)).tolist()
    return pa.array(values)


def _vectors(values: list, name: str, path: str | os.PathLike) -> pa.Array:
    """Lists of numbers, all of whole ones or none."""
    for row, value in enumerate(values):
        if value is not None and not isinstance(value, np.ndarray) and value != []:
            bad = value
            if isinstance(value, list):
                wrong = [item for item in value if type(item) not in (int, float, type(None))]
                bad = wrong[0]
            raise InputError(
                f"{path}: row {row} has {kind_of(bad)} in {name!r}, where others have numbers "
                "only; write numbers without quotes, or leave the item out"
            )
    whole = all(value.dtype.kind == "i" for value in values if isinstance(value, np.ndarray))
    kind = np.int64 if whole else np.float64
    rows = [None if value is None else np.asarray(value, kind) for value in values]
    return pa.array(rows, pa.list_(pa.int64() if whole else pa.float64()))


def kind_of(value: object) -> str:
    """How errors call a value."""
    names = {dict: "a record", list: "a list", np.ndarray: "a list of numbers", type(None): "null"}
    return names.get(type(value)) or f"{str(value)[:40]!r} ({type(value).__name__})"


def is_one_row(value: object) -> bool:
    """Whether a value is a list of one list of numbers, (1, d)."""
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], np.ndarray)
