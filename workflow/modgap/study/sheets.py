"""Tab-separated sheets with comment lines on top, read strictly."""

import csv
import os
import re
from collections.abc import Iterator, Sequence

from modgap.errors import InputError, nearest
from modgap.formats.text import read_lines

# A spreadsheet puts quotation marks around a comment with a comma in it.
_COMMENTS = ("#", '"#')
# A line whose last cell is quoted and goes on; one that lies within that cell; one that closes it.
_OPEN_CELL = re.compile(r"""(?:^|\t)"(?:[^"]|"")*$""")
_WITHIN_CELL = re.compile(r"""(?:[^"\t]|"")*""")
_CLOSES = re.compile(r"""(?:[^"\t]|"")*"(?!")""")


def read_tsv(path: str | os.PathLike, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a sheet as (line number in the file, column → text).

    Lines that start with "#" and empty lines are comments. The header must name exactly `columns`,
    in any order. What a spreadsheet adds when it saves a sheet is no part of it: quotation marks,
    of comments too, tabs at the ends of lines, and line ends within a cell, which become blanks.
    Raises `InputError` naming the file and the column or line that does not fit.
    """
    lines = _whole_rows(read_lines(path))
    rows = [(number, _cells(line)) for number, line in lines if not line.startswith(_COMMENTS)]
    kept = [(number, cells) for number, cells in rows if any(cells)]
    if not kept:
        raise InputError(f"{path}: no header; expected the columns {', '.join(columns)}")
    header, *rows = kept
    while header[1] and not header[1][-1]:
        header[1].pop()
    _check_header(path, header[1], columns)
    for number, cells in rows:
        while len(cells) > len(header[1]) and not cells[-1]:
            cells.pop()
        if len(cells) != len(header[1]):
            hint = "separate cells with one tab each"
            if len(cells) < len(header[1]):
                hint += ", empty ones at the end too: some editors remove tabs where a line ends"
            raise InputError(
                f"{path}: line {number} has {len(cells)} cells, the header {len(header[1])}; {hint}"
            )
    return [(number, dict(zip(header[1], cells, strict=True))) for number, cells in rows]


def _whole_rows(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Rows by the number of their first line; lines that one quoted cell is in, joined by blanks.

    A quotation mark that is not closed before the next tab is a letter: every row has tabs, and
    none may end up within a cell.
    """
    place = 0
    while place < len(lines):
        number, row = lines[place]
        place += 1
        while _OPEN_CELL.search(row) and (more := _rest_of_cell(lines, place)):
            row = " ".join([row, *more])
            place += len(more)
        yield number, row


def _rest_of_cell(lines: Sequence[tuple[int, str]], place: int) -> list[str]:
    """The lines from `place` on up to the one that closes a quoted cell; none if none does."""
    more = []
    for _, line in lines[place:]:
        more.append(line)
        if _CLOSES.match(line):
            return more
        if not _WITHIN_CELL.fullmatch(line):
            break
    return []


def _cells(line: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter="\t", strict=True))
    except csv.Error:  # marks that are part of a title, and do not stand around it
        cells = line.split("\t")
    return [cell.strip() for cell in cells]


def _check_header(path: str | os.PathLike, header: list[str], columns: tuple[str, ...]) -> None:
    for mark in ",;" if len(header) == 1 < len(columns) else "":
        if set(header[0].split(mark)) & set(columns):
            raise InputError(
                f"{path}: the cells of its header are separated by {mark!r}; separate those of "
                "every row with one tab each"
            )
    for name in header:
        if name not in columns:
            raise InputError(f"{path}: unknown column {name!r}; {nearest(name, list(columns))}")
        if header.count(name) > 1:
            raise InputError(f"{path}: column {name!r} appears twice")
    missing = [name for name in columns if name not in header]
    if missing:
        raise InputError(f"{path}: no column {', '.join(map(repr, missing))}")
