"""Tables of text that others wrote (.csv, .tsv, .txt): cells as words, rows of one length."""

import os
import re

from modgap.errors import InputError
from modgap.formats.packed import format_of
from modgap.formats.sides import is_vectors
from modgap.formats.text import read_text, rows_of, told_separator

# What such tables are called.
SHEETS = (".csv", ".tsv", ".txt")
_FIRST_ROWS = 20
# A header as R's write.table has it, and what parts its names.
_QUOTED_NAMES = re.compile(r'"[^"\n]*"([ \t,;])"[^"\n]*"(?:\1"[^"\n]*")*\n')


def read_cells(
    path: str | os.PathLike, *, words_first: bool = False
) -> list[tuple[int, list[str]]]:
    """Read a table of text as (line it begins in, its cells), all rows of one length.

    Cells of a .tsv are separated by tabs; of others by what separates their first rows: semicolons
    (spreadsheets in many languages), tabs, commas, or blanks between numbers (numpy.savetxt).
    Cells that every row leaves empty at its end are dropped, as is the "# " before a header of
    numpy.savetxt. The first row may be a header or not: that is for the caller to say.

    Parameters
    ----------
    path
        A text file, packed by gzip or not.
    words_first
        Blanks may part a word and numbers too (GloVe); a first line of two counts, as word2vec
        writes it, becomes the header "id", 0, 1, …. A header in quotes of one name less than all
        rows have cells begins with an empty name: R's names of rows.

    Raises
    ------
    InputError
        As `formats.text.read_text` and `rows_of`; a row of another length, by line; a file without
        rows, or with other counts than its first line says.
    """
    text = read_text(path).removeprefix("# ")  # numpy.savetxt before its header
    told, text = told_separator(text)
    separator = told or _separator(text, format_of(path), words_first)
    quoted = _QUOTED_NAMES.match(text) is not None
    if separator == " " and not quoted:
        lines = enumerate(text.split("\n"), 1)
        rows = [(number, _split(line)) for number, line in lines if line.strip()]
        if words_first:
            rows = _counted(rows, path)
    else:
        rows = rows_of(text, separator, path)
    while rows and not any(rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise InputError(f"{path}: an empty file; expected a table with one row per item")
    if words_first and quoted:
        rows = _with_row_names(rows)
    first = rows[0][1]
    width = max(_filled(first), 1)
    if not first[-1] and any(_filled(cells) > width for _, cells in rows):
        width = len(first)  # a column without a name, for the caller to refuse
    for number, cells in rows:
        if len(cells) < width or (len(cells) > width and _filled(cells) > width):
            hint = f"a cell that holds the separator {separator!r} stands in double quotes"
            if width == 1 and "|" in first[0]:
                hint = "cells are parted by '|': write commas, semicolons or tabs"
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


def _counted(
    rows: list[tuple[int, list[str]]], path: str | os.PathLike
) -> list[tuple[int, list[str]]]:
    """The rows with a header in place of a first row of two counts, of words and of numbers."""
    line, counts = rows[0]
    if len(rows) < 2 or not _are_counts(counts, rows[1][1]):
        return rows
    if int(counts[0]) != len(rows) - 1:
        raise InputError(
            f"{path}: line {line} says {counts[0]} words, but {len(rows) - 1} follow; if the file "
            "was cut short, fetch it again, else correct the line"
        )
    return [(line, ["id", *map(str, range(int(counts[1])))]), *rows[1:]]


def _with_row_names(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The rows with an empty name before a header that lacks one, as R's write.table leaves it."""
    (line, names), *others = rows
    wider = bool(others) and all(_filled(cells) == len(names) + 1 for _, cells in others)
    return [(line, ["", *names]), *others] if wider and is_vectors(names[0]) else rows


def _are_counts(first: list[str], second: list[str]) -> bool:
    return (
        len(first) == 2 < len(second)
        and all(map(str.isdigit, first))
        and int(first[1]) == len(second) - 1
    )


def _separator(text: str, suffix: str, words_first: bool) -> str:
    if suffix == ".tsv":
        return "\t"
    header = _QUOTED_NAMES.match(text)
    if words_first and header and header[1] == " ":
        return " "
    lines = [line for line in text.split("\n", _FIRST_ROWS)[:_FIRST_ROWS] if line.strip()]
    if words_first and _has_words_first([_split(line) for line in lines]):
        return " "
    for separator in (";", "\t", ","):
        counts = {_outside_quotes(line).count(separator) for line in lines}
        if len(counts) == 1 and counts != {0}:
            return separator
    if lines and "," not in lines[0] and all(map(is_number, _split(lines[-1]))):
        return " " if len(_split(lines[-1])) > 1 else ","
    return ","


def _split(line: str) -> list[str]:
    """The cells that blanks or tabs part; other blanks are within words, if not all are such."""
    cells = [cell for cell in line.replace("\t", " ").split(" ") if cell]
    return cells if len(cells) > 1 else line.split()


def _has_words_first(rows: list[list[str]]) -> bool:
    """Whether these first rows are a word and numbers each, after a row of counts or not."""
    if len(rows) > 1 and _are_counts(rows[0], rows[1]):
        return True
    return len({len(cells) for cells in rows}) == 1 and all(
        len(cells) > 2 and all(map(is_number, cells[1:])) for cells in rows
    )


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)
