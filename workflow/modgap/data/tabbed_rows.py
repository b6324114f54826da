"""Tables whose cells tabs part: quotation marks in them may be words, or a program's."""

import re
from collections.abc import Iterator

# A cell and what ends it; in quotation marks it may hold tabs and line ends.
_CELL = re.compile(r'("(?:[^"]|"")*"|[^\t\n]*)(\t|\Z)')
# Of one row: a mark that is never closed must not have the whole table looked through.
_MOST_LINES = 100


def tabbed_rows(lines: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """The rows of a table as (number of the line it begins in, cells); the first is the header.

    Quotation marks are part of a cell, but for those that a program puts around it: when it
    doubles the ones within, when the cell holds a tab or a line end, and when, as spreadsheets do,
    they stand around just the cells with a comma or a mark, or around every cell of a column; where
    some are a program's and all may be, all are. Blank lines are left out.

    Parameters
    ----------
    lines
        As `modgap.formats.text.read_lines` returns them.

    Returns
    -------
    list
        Empty for a table without a header. Names in the header have no blanks around them; a row
        may have more cells than the header, or fewer.
    """
    while lines and not lines[0][1].strip():
        lines = lines[1:]
    if not lines:
        return []
    first, text = lines[0]
    header = [_unquoted(cell).strip() for cell in text.split("\t")]
    while header and not header[-1]:
        header.pop()
    rows = list(_rows(lines[1:], len(header)))
    cells = [cell for _, row in rows for cell in row]
    quoted = (
        text.startswith('"')
        or _as_spreadsheets_do(cells)
        or _as_programs_do(cells)
        or _in_all_of_a_column([row for _, row in rows], len(header))
    )
    return [
        (first, header),
        *((number, [_unquoted(cell, quoted) for cell in row]) for number, row in rows),
    ]


def _rows(lines: list[tuple[int, str]], width: int) -> Iterator[tuple[int, list[str]]]:
    """Rows as the line that they begin in and their cells, `width` of them if that can be."""
    place = 0
    while place < len(lines):
        number, text = lines[place]
        cells, more = _cells(text, width), 1
        if any(map(_is_open, text.split("\t"))):
            following = [line for _, line in lines[place : place + _MOST_LINES]]
            cells, more = _over_lines(following, cells, width)
        place += more
        if text.strip():
            yield number, cells


def _over_lines(lines: list[str], cells: list[str], width: int) -> tuple[list[str], int]:
    """The cells of a row that is quoted over several lines, and how many; else `cells` and 1."""
    text = lines[0]
    for more, line in enumerate(lines[1:], 2):
        is_row = line.count("\t") == width - 1
        if is_row and len(cells) == width:
            break
        text += "\n" + line
        if len(parted := _parted(text)) == width:
            return parted, more
        if is_row:
            break
    return cells, 1


def _cells(line: str, width: int) -> list[str]:
    cells = line.split("\t")
    # Spreadsheets end every row with as many tabs as their widest one has.
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    parted = _parted(line) if len(cells) > width else []
    return parted if len(parted) == width else cells


def _parted(text: str) -> list[str]:
    """The cells of a row as a program quotes them; none if a line ends outside of quotes."""
    cells, place = [], 0
    while match := _CELL.match(text, place):
        cells.append(match[1])
        place = match.end()
        if not match[2]:
            return cells
    return []


def _is_open(cell: str) -> bool:
    """Whether a cell begins with a mark that none in it closes: within it they are doubled."""
    return cell.startswith('"') and cell.count('"') % 2 == 1


def _as_spreadsheets_do(cells: list[str]) -> bool:
    """Whether marks stand around just the cells that hold a comma or a mark, doubled."""
    some = False
    for cell in cells:
        if (inside := _within_marks(cell)) is not None:
            some = True
            if "," not in inside and not _needs_marks(inside):
                return False
        elif "," in cell or '"' in cell:
            return False
    return some


def _as_programs_do(cells: list[str]) -> bool:
    """Whether some cell must have marks around it, and none holds a mark that is not written so.

    Then those around the others are a program's too, which has its own reasons ("#1" for one).
    """
    inner = [_within_marks(cell) for cell in cells if '"' in cell]
    return None not in inner and any(map(_needs_marks, inner))


def _in_all_of_a_column(rows: list[list[str]], width: int) -> bool:
    """Whether marks stand around every cell of a column, of several rows."""
    rows = [row for row in rows if len(row) == width]
    columns = zip(*rows, strict=True) if len(rows) > 1 else ()
    return any(all(_within_marks(cell) is not None for cell in column) for column in columns)


def _within_marks(cell: str) -> str | None:
    """What is in the marks around a cell, None without any or where one within is not doubled."""
    inside = cell[1:-1]
    marked = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return inside if marked and '"' not in inside.replace('""', "") else None


def _needs_marks(inside: str) -> bool:
    return any(mark in inside for mark in '"\t\n')


def _unquoted(cell: str, always: bool = True) -> str:
    """A cell without the quotation marks that a program put around it.

    >>> _unquoted('"a ""big"" dog"', False), _unquoted('"Stop" and "go"', False)
    ('a "big" dog', '"Stop" and "go"')

    A cell in marks that has neither marks nor tabs nor line ends within is ambiguous: unless
    `always`, they are its own.
    """
    inside = _within_marks(cell)
    if inside is None:
        return cell
    return inside.replace('""', '"') if always or _needs_marks(inside) else cell
