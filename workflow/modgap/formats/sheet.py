"""Tables of text that others wrote (.csv, .tsv, .txt): cells as words, rows of one length."""

import os
import re
from pathlib import Path

from modgap.errors import InputError
from modgap.formats.text import read_text, rows_of

_FIRST_ROWS = 20


def read_cells(path: str | os.PathLike) -> list[tuple[int, list[str]]]:
    """Read a table of text as (line it begins in, its cells), all rows of one length.

    Cells of a .tsv are separated by tabs; of others by what separates their first rows: semicolons
    (spreadsheets in many languages), tabs, commas, or blanks between numbers (numpy.savetxt).
    Cells that every row leaves empty at its end are dropped, as is the "# " before a header of
    numpy.savetxt. The first row may be a header or not: that is for the caller to say.

    Raises
    ------
    InputError
        As `formats.text.read_rows`; a row of another length, by line; a file without rows.
    """
    text = read_text(path).removeprefix("# ")  # numpy.savetxt before its header
    told = re.match(r"sep=(.)\n", text)  # how a spreadsheet is told the separator
    text = "\n" + text[told.end() :] if told else text
    separator = told[1] if told else _separator(text, Path(path).suffix.lower())
    if separator == " ":
        lines = enumerate(text.split("\n"), 1)
        rows = [(number, line.split()) for number, line in lines if line.strip()]
    else:
        rows = rows_of(text, separator, path)
    while rows and not any(rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise InputError(f"{path}: an empty file; expected a table with one row per item")
    first = rows[0][1]
    width = max(_filled(first), 1)
    if not first[-1] and any(_filled(cells) > width for _, cells in rows):
        width = len(first)  # a column without a name, for the caller to refuse
    for number, cells in rows:
        if _filled(cells) > width or len(cells) < width:
            hint = f"a cell that holds the separator {separator!r} stands in double quotes"
            if len(cells) < width:
                hint = "it was cut short: write the file anew, with empty cells where nothing is"
            raise InputError(
                f"{path}: line {number} has {max(_filled(cells), len(cells))} cells, line "
                f"{rows[0][0]} has {width}; {hint}"
            )
    return [(number, cells[:width]) for number, cells in rows]


def is_number(cell: str) -> bool:
    """Whether a cell is a number as Python writes it ("nan" too)."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _filled(cells: list[str]) -> int:
    """The number of cells up to the last that is not empty."""
    return max((place for place, cell in enumerate(cells, 1) if cell), default=0)


def _separator(text: str, suffix: str) -> str:
    if suffix == ".tsv":
        return "\t"
    lines = [line for line in text.split("\n", _FIRST_ROWS)[:_FIRST_ROWS] if line.strip()]
    for separator in (";", "\t", ","):
        counts = {_outside_quotes(line).count(separator) for line in lines}
        if len(counts) == 1 and counts != {0}:
            return separator
    if lines and "," not in lines[0] and all(map(is_number, lines[-1].split())):
        return " " if len(lines[-1].split()) > 1 else ","
    return ","


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)
