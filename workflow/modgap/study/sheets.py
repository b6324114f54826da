"""Tab-separated sheets with comment lines on top, read strictly."""

import csv
import os

from modgap.errors import InputError, nearest
from modgap.formats.text import read_lines

# A spreadsheet puts quotation marks around a comment with a comma in it.
_COMMENTS = ("#", '"#')


def read_tsv(path: str | os.PathLike, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a sheet as (line number in the file, column → text).

    Lines that start with "#" and empty lines are comments. The header must name exactly `columns`,
    in any order. What a spreadsheet adds when it saves a sheet is no part of it: quotation marks,
    of comments too, and tabs at the ends of lines. Raises `InputError` naming the file and the
    column or line that does not fit.
    """
    lines = read_lines(path)
    kept = [(n, line) for n, line in lines if line.strip() and not line.startswith(_COMMENTS)]
    if not kept:
        raise InputError(f"{path}: no header; expected the columns {', '.join(columns)}")
    header, *rows = [(number, _cells(line)) for number, line in kept]
    while header[1] and not header[1][-1]:
        header[1].pop()
    _check_header(path, header[1], columns)
    for number, cells in rows:
        while len(cells) > len(header[1]) and not cells[-1]:
            cells.pop()
        if len(cells) != len(header[1]):
            raise InputError(
                f"{path}: line {number} has {len(cells)} cells, the header {len(header[1])}; "
                "separate cells with one tab each"
            )
    return [(number, dict(zip(header[1], cells, strict=True))) for number, cells in rows]


def _cells(line: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter="\t", strict=True))
    except csv.Error:  # marks that are part of a title, and do not stand around it
        cells = line.split("\t")
    return [cell.strip() for cell in cells]


def _check_header(path: str | os.PathLike, found: list[str], columns: tuple[str, ...]) -> None:
    for mark in ",;" if len(found) == 1 < len(columns) else "":
        if set(found[0].split(mark)) & set(columns):
            raise InputError(
                f"{path}: the cells of its header are separated by {mark!r}; separate those of "
                "every row with one tab each"
            )
    for name in found:
        if name not in columns:
            raise InputError(f"{path}: unknown column {name!r}; {nearest(name, list(columns))}")
        if found.count(name) > 1:
            raise InputError(f"{path}: column {name!r} appears twice")
    missing = [name for name in columns if name not in found]
    if missing:
        raise InputError(f"{path}: no column {', '.join(map(repr, missing))}")
