"""Tables of text as Arrow tables: which cells are numbers, lists of numbers or words."""

import logging
import os
import re
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.sheet import is_number, read_cells
from modgap.formats.sides import is_vectors
from modgap.formats.text_lists import as_lists, is_list, lists_of
from modgap.formats.vector_columns import EMBEDDING, FEW, INDEX

_log = logging.getLogger(__name__)

_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")
# What may be a number in thousands: 1,234.
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_NUMBERED = re.compile(r"(.*?)\d+")
# A number of a column, as pandas, R and spreadsheets write it above a table: 7, 7.0, 007.
_COUNT = re.compile(r"(\d+)(?:\.0+)?", re.ASCII)
# So many columns, and their first row counts them, not by chance.
_COUNTED = 4
_FIRST_ROWS = 20
# Whole numbers that are the same words when they are written again.
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)


def read_text_table(path: str | os.PathLike) -> pa.Table:
    """Read a table of numbers, lists of numbers and words that was written as text.

    With a header (pandas) or without (numpy.savetxt, data bases), with a word before the numbers of
    each row (word2vec, GloVe). Where numbers have decimal commas they are read so, which is logged.
    Columns that are no dimensions keep their words, but for whole numbers: 03e3 may name an item.

    Parameters
    ----------
    path
        A file that `sheet.read_cells` reads.

    Returns
    -------
    pyarrow.Table
        One row per item; columns without a name are called 0…d−1, an index that pandas wrote
        `INDEX`, the words before numbers `id`.

    Raises
    ------
    InputError
        As `sheet.read_cells`; by line for a cell of a numbered column that is no number, for
        decimal commas beside decimal points or where commas may part thousands, and for a list
        that was printed in short.
    """
    rows = _with_points(read_cells(path, words_first=True), path)
    names, start = _header([cells for _, cells in rows], path)
    frame = pd.DataFrame([cells for _, cells in rows[start:]], columns=names, dtype=object)
    lines = [number for number, _ in rows[start:]]
    numbered = _numbered(names)
    lists = lists_of(
        names,
        lambda name: as_lists(frame[name], path, lambda row: f"line {lines[row]}"),
        beside=_are_wide(frame),
    )
    for column in frame:
        if column in lists:
            frame[column] = pd.Series(lists[column], index=frame.index, dtype=object)
        elif column != "id" and len(frame):
            frame[column] = _cells(frame[column], lines, path, column in numbered)
    if "" in frame:
        # How pandas writes its index: words are ids, else these are row numbers.
        frame = frame.rename(columns={"": INDEX})
    return pa.Table.from_pandas(frame, preserve_index=False)


def _with_points(
    rows: list[tuple[int, list[str]]], path: str | os.PathLike
) -> list[tuple[int, list[str]]]:
    """The rows with decimal commas as points, if numbers of this file are written so."""
    body = rows[1:] or rows
    places = [n for n in range(len(rows[0][1])) if _has_commas([cells[n] for _, cells in body])]
    commas = [(line, cells[n]) for line, cells in body for n in places if _comma(cells[n])]
    if not commas:
        return rows
    line, cell = commas[0]
    if (point := _first_point(body)) is not None:
        numbered = any(re.search(r"\d$", rows[0][1][n]) for n in places)
        if not numbered:
            return rows  # words with a comma, in a table whose numbers have points
        raise InputError(
            f"{path}: line {line}: {cell!r} has a decimal comma and {point[1]!r} in line "
            f"{point[0]} a point; write all numbers with a point"
        )
    if all(_THOUSANDS.fullmatch(cell) for _, cell in commas):
        raise InputError(
            f"{path}: line {line}: {cell!r} is a number with a decimal comma, or one in thousands; "
            "write numbers with a point, and thousands without a comma"
        )
    _log.info("%s: decimal commas are read as points, in %d columns", path, len(places))
    return [(line, [_pointed(cell) for cell in cells]) for line, cells in rows]


def _has_commas(cells: list[str]) -> bool:
    """Whether a column holds numbers, some with a decimal comma; up to half may be faulty."""
    if not any("," in cell for cell in cells):
        return False
    filled = [cell for cell in cells if cell]
    commas = sum(map(_comma, filled))
    return commas > 0 and 2 * (commas + sum(map(is_number, filled))) > len(filled)


def _comma(cell: str) -> bool:
    return _DECIMAL_COMMA.fullmatch(cell) is not None


def _first_point(rows: list[tuple[int, list[str]]]) -> tuple[int, str] | None:
    """The first number with a decimal point, and its line."""
    for line, cells in rows:
        for cell in cells:
            if "." in cell and is_number(cell):
                return line, cell
    return None


def _pointed(cell: str) -> str:
    return cell.replace(",", ".") if _comma(cell) else cell


def _numbered(names: list[str]) -> set[str]:
    """Columns that may be dimensions: bare numbers, or several with a word before a number.

    So may be one of that word alone: x, x.1, x.2.
    """
    words = {name: match[1] for name in names if (match := _NUMBERED.fullmatch(name))}
    counts = Counter(words.values())
    numbered = {name for name, word in words.items() if not word or counts[word] > 1}
    first = {words[name].rstrip("._- ") for name in numbered}
    return numbered | {name for name in first.intersection(names) if is_vectors(name)}


def _are_wide(frame: pd.DataFrame) -> bool:
    """Whether several columns are called by numbers and hold numbers, as dimensions are."""
    cells = [frame[name].iloc[0] for name in frame if name.isdigit() and len(frame)]
    return len(cells) > 1 and all(map(is_number, cells))


def _cells(
    column: pd.Series, lines: list[int], path: str | os.PathLike, numbered: bool
) -> pd.Series:
    """A column of text as numbers, if that is what it holds."""
    if not (numbered and is_vectors(column.name)) and (whole := _whole(column)) is not None:
        return whole
    if not numbered:
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    missing = np.flatnonzero(numbers.isna())
    bad = [row for row in missing if column.iloc[row].lower() not in ("nan", "")]
    if not bad:
        return numbers.astype(float)
    if str(column.name).isdigit():
        raise InputError(
            f"{path}: line {lines[bad[0]]}: {column.iloc[bad[0]]!r} in column {column.name!r} is "
            "no number"
        )
    return column


def _whole(column: pd.Series) -> pd.Series | None:
    """A column of whole numbers as such, empty cells missing; None if a word would be lost."""
    if not all(_WHOLE.fullmatch(cell) for cell in column if cell):
        return None
    filled = column[column != ""]
    if not len(filled):
        return None
    return filled.astype("int64").astype("Int64").reindex(column.index)


def _header(rows: list[list[str]], path: str | os.PathLike) -> tuple[list[str], int]:
    """Names of the columns, and the row that data begin in."""
    cells = rows[0]
    numbers = [str(number) for number in range(len(cells))]
    if cells == numbers or (len(cells) > 1 and cells[1:] == numbers[:-1]):
        return cells, 1
    if (names := _counting_names(rows)) is not None:
        return names, 1
    if all(map(is_number, cells)):
        return (["", *numbers[:-1]] if _counts(rows) else numbers), 0
    if len(cells) > 2 and all(map(is_number, cells[1:])):
        return ["id", *numbers[:-1]], 0
    if any(map(is_list, cells)):
        return _names_of(rows, path), 0
    repeated = [name for name in cells if cells.count(name) > 1]
    if repeated:
        raise InputError(f"{path}: column {repeated[0]!r} appears twice")
    return cells, 1


def _counting_names(rows: list[list[str]]) -> list[str] | None:
    """The names in a first row that counts the columns, from 0 or from 1; None if it does not.

    Above numbers with fractions alone: whole ones below may be rows like it.
    """
    cells, below = rows[0], rows[1:_FIRST_ROWS]
    numbers = {place: _COUNT.fullmatch(cell) for place, cell in enumerate(cells) if is_number(cell)}
    if len(numbers) < _COUNTED or not all(numbers.values()):
        return None
    names = {place: int(match[1]) for place, match in numbers.items()}
    counted = sorted(names.values())
    if counted[0] > 1 or counted != list(range(counted[0], counted[0] + len(counted))):
        return None
    values = [row[place] for row in below for place in names]
    if not any(is_number(value) and not float(value).is_integer() for value in values):
        return None
    return [str(names.get(place, cell)) for place, cell in enumerate(cells)]


def _names_of(rows: list[list[str]], path: str | os.PathLike) -> list[str]:
    """Names for the columns of a table without a header that holds lists, as data bases copy it.

    A first column of which no two cells are alike is of ids.
    """
    lists = [place for place, cell in enumerate(rows[0]) if is_list(cell)]
    # Letters, for numbers would be dimensions.
    names = [f"column {'A' * (n // 26)}{chr(65 + n % 26)}" for n in range(len(rows[0]))]
    if len(lists) == 1:
        names[lists[0]] = EMBEDDING
    if 0 not in lists and len({cells[0] for cells in rows}) == len(rows):
        names[0] = "id"
    _log.warning("%s: no header; the columns are called %s", path, ", ".join(names))
    return names


def _counts(rows: list[list[str]]) -> bool:
    """Whether the first of several columns without names numbers the rows: pandas' index."""
    first = [cells[0] for cells in rows]
    if not all(map(str.isdigit, first)) or len(set(first)) < len(rows) or len(rows) < FEW:
        return False
    return sum("." in cell for cells in rows for cell in cells[1:]) * 2 > len(rows) * (
        len(rows[0]) - 1
    )
