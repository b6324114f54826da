"""Embeddings with a column per dimension: a word and the numbers 0…d−1, or these alone."""

import os
import re
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from modgap.errors import InputError
from modgap.formats.arrow_types import has_numbers, is_number, is_text
from modgap.formats.part_names import first_missing
from modgap.formats.sides import says_embedding

# So many rows tell what a column holds.
_FIRST = 1000
# So many columns of numbers with one word are dimensions, and not by chance.
_DIMENSIONS = 4
_NUMBERED = re.compile(r"(.*?)(\d+)")
# 1.234,567 and 1,234.567
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d{1,3}(?:,\d{3})+\.\d+")


def numbered_columns(table: pa.Table, of_kind: Callable = is_number) -> list[list[str]]:
    """Sets of columns of a kind that are called 0…d−1 or 1…d, with the same word before it."""
    sets = [_of(fields, of_kind) for fields in _sets(table).values()]
    return [[fields[number].name for number in sorted(fields)] for fields in sets if _whole(fields)]


def refuse_words(table: pa.Table, path: str | os.PathLike, place: Callable[[int], str]) -> None:
    """Raise `InputError` for a column beside numbered ones that a few cells make one of words.

    It would be left out unseen. `place` is what errors call a row. Where a column of lists says
    that it is the embeddings, others are none.
    """
    if any(has_numbers(field.type) and says_embedding(field.name) for field in table.schema):
        return
    for fields in _sets(table).values():
        good = _of(fields, is_number)
        spoilt = {
            number: field
            for number, field in fields.items()
            if is_text(field.type) and _mostly_numbers(table.column(field.name))
        }
        if not spoilt or not _whole({**good, **spoilt}):
            ends = {min(good) - 1, max(good) + 1} if len(good) > 1 else set()
            spoilt = {n: fields[n] for n in ends if n in fields}
        if spoilt:
            beside = [fields[n].name for n in sorted({**good, **spoilt})]
            _refuse(table, spoilt[min(spoilt)], beside, path, place)


def refuse_holes(table: pa.Table, path: str | os.PathLike, size: int) -> None:
    """Raise `InputError` for columns 0…d−1 or 1…d of which some are not there.

    They would be left out unseen, and others of only `size` dimensions read in their place.
    """
    for fields in _sets(table).values():
        dimensions = _of(fields, pa.types.is_floating)
        hole = first_missing(dimensions)
        if len(dimensions) < max(_DIMENSIONS, size + 1) or min(dimensions) > 1:
            continue
        if hole is not None and hole not in fields:
            first, last = dimensions[min(dimensions)].name, dimensions[max(dimensions)].name
            raise InputError(
                f"{path}: columns {first!r} to {last!r} are {len(dimensions)}, and number {hole} "
                "is not there; write all dimensions of the embeddings, or rename these columns"
            )


def wide_vectors(
    columns: pa.Table, path: str | os.PathLike, place: Callable[[int], str]
) -> np.ndarray:
    """One row of float64 numbers per row; `InputError` for a row without one."""
    vectors = np.empty((len(columns), columns.num_columns))
    for number, name in enumerate(columns.column_names):
        column = columns.column(name)
        if column.null_count:
            row = int(np.flatnonzero(pc.is_null(column).to_numpy())[0])
            raise InputError(f"{path}: {place(row)} has no number in column {name!r}")
        vectors[:, number] = column.cast(pa.float64()).to_numpy()
    return vectors


def namesake(table: pa.Table, names: list[str]) -> str | None:
    """The column of numbers that has the word of dimensions from 1 on and no number, if any.

    Columns of one name are emb, emb_1, emb_2, … in some tools, so it may be the first of them.
    """
    match = _NUMBERED.fullmatch(names[0])
    word = match[1].rstrip("._- ") if match and int(match[2]) == 1 else ""
    if not word or word not in table.column_names or word in names:
        return None
    return word if pa.types.is_floating(table.schema.field(word).type) else None


def _sets(table: pa.Table) -> dict[str, dict[int, pa.Field]]:
    """Columns by the word before their number; bare numbers alone where there are any."""
    sets = defaultdict(dict)
    for field in table.schema:
        if match := _NUMBERED.fullmatch(field.name):
            sets[match[1]][int(match[2])] = field
    for field in table.schema:
        # x, x.1, x.2: what pandas and R make of columns of one name. Two alone are scores.
        others = sets.get(f"{field.name}.", {})
        if {1, 2} <= others.keys() and field.type == others[1].type:
            others.setdefault(0, field)
    bare = sets.get("", {})
    return {"": bare} if len(_of(bare, is_number)) > 1 else sets


def _of(fields: dict[int, pa.Field], of_kind: Callable) -> dict[int, pa.Field]:
    return {number: field for number, field in fields.items() if of_kind(field.type)}


def _whole(fields: dict) -> bool:
    """Whether the numbers of columns are 0…d−1 or 1…d."""
    first = min(fields, default=-1)
    return first in (0, 1) and max(fields) - first + 1 == len(fields) > 1


def _mostly_numbers(column: pa.ChunkedArray) -> bool:
    """Whether most cells of a column of words are numbers, in thousands or not."""
    words = column.slice(0, _FIRST).to_pandas()
    thousands = words.map(lambda cell: bool(_THOUSANDS.fullmatch(str(cell))))
    return bool((pd.to_numeric(words, errors="coerce").notna() | thousands).mean() > 0.5)


def _refuse(
    table: pa.Table,
    field: pa.Field,
    beside: list[str],
    path: str | os.PathLike,
    place: Callable[[int], str],
) -> None:
    text = (
        f"{path}: column {field.name!r} is {field.type}, columns {beside[0]!r} to {beside[-1]!r} "
        "beside it are numbers"
    )
    if not is_text(field.type):
        raise InputError(f"{text}; correct what is no number in it, or rename it")
    words = table.column(field.name).to_pandas()
    wrong = pd.to_numeric(words, errors="coerce").isna() & words.notna() & (words != "")
    if not wrong.any():
        raise InputError(f"{text}: its numbers are stored as words; save it as numbers")
    row = int(np.flatnonzero(wrong)[0])
    cell = words.iloc[row]
    how = "leave that item out, or embed it again; if the column is no dimension, rename it"
    if cell == field.name:
        how = "the header is repeated there: take that line out"
    elif _THOUSANDS.fullmatch(cell):
        how = "write numbers without a sign between thousands, as 1234.567"
    raise InputError(f"{text}: {place(row)} has {cell[:40]!r} ({int(wrong.sum())} such); {how}")
