"""Any folder of images with a table of captions, such as Flickr8k."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modgap.data.draft import Draft, Problem, captions_table, images_table
from modgap.data.folders import FileNames, list_images, need_folder
from modgap.errors import InputError, nearest
from modgap.formats.text import need_columns, read_lines

TABLE = "captions.tsv"
COLUMNS = ("split", "image", "caption_index", "caption")
# A cell and what ends it; in quotation marks it may hold tabs and line ends.
_CELL = re.compile(r'("(?:[^"]|"")*"|[^\t\n]*)(\t|\Z)')
# Of one row: a mark that is never closed must not have the whole table looked through.
_MOST_LINES = 100


@dataclass(frozen=True)
class _Row:
    """A row of the table: its line, its cells by column, and why it cannot be used."""

    line: int
    cells: dict[str, str]
    fault: str | None = None


def caption_folder(folder: Path, split: str) -> Draft:
    """Images and captions of one split of a folder with `captions.tsv`.

    The table has the columns split, image, caption_index and caption, one row per caption. Cells
    are parted by tabs; quotation marks are part of a caption, but for those that a program puts
    around a cell: when it doubles the ones within, when the cell holds a tab or a line end, and
    when, as spreadsheets do, they stand around just the cells with a comma or a mark. The images
    lie in a folder named like the split, or in `images/`; an image is known by its path there.
    Captions are used as they are. An image file that no row names, and a row with too few cells or
    too many, are reported.
    """
    table = folder / TABLE
    rows = _read(table)
    splits = sorted({row.cells["split"] for row in rows if not row.fault})
    if split not in splits:
        hint = nearest(split, splits, "its splits are") if splits else "it has no rows"
        raise InputError(f"{table}: no row of split {split!r}; {hint}")
    place = split if (folder / split).is_dir() or not (folder / "images").is_dir() else "images"
    listing = list_images(need_folder(folder, place, f"the images of split {split!r}"))
    files = FileNames(listing.images, place)
    names = {row.line: files.lookup(row.cells["image"]) or row.cells["image"] for row in rows}
    # A row without a split that there is may be one of this split.
    here = [row for row in rows if row.cells["split"] == split or row.cells["split"] not in splits]
    whole = [names[row.line] for row in here if not row.fault]
    ids = list(dict.fromkeys(whole))
    draft = Draft(
        folder,
        images_table(ids, [f"{place}/{name}" for name in ids]),
        captions_table(
            [_caption_id(row, names[row.line]) for row in here],
            [row.cells["caption"] for row in here],
            [None if row.fault else names[row.line] for row in here],
            [row.fault for row in here],
        ),
    )
    draft.add_listing(listing, place)
    # A folder that splits share is compared with the rows of all of them.
    known = set(names.values())
    draft.problems += [
        Problem(f"{place}/{name}", "image without caption")
        for name in listing.images
        if name not in known
    ]
    return draft


def _caption_id(row: _Row, image: str) -> str:
    return f"{TABLE} line {row.line}" if row.fault else f"{image}#{row.cells['caption_index']}"


def _read(table: str | os.PathLike) -> list[_Row]:
    if not Path(table).is_file():
        raise InputError(f"{table}: no such file; expected a table with the columns {COLUMNS}")
    lines = read_lines(table)
    while lines and not lines[0][1].strip():
        lines = lines[1:]
    header = [_unquoted(cell).strip() for cell in lines[0][1].split("\t")] if lines else []
    while header and not header[-1]:
        header.pop()
    need_columns(table, header, COLUMNS)
    rows = list(_rows(lines[1:], len(header)))
    quoted = lines[0][1].startswith('"') or _as_spreadsheets_do([cells for _, cells in rows])
    return [_row(number, cells, header, quoted) for number, cells in rows]


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
    return cell.startswith('"') and (len(cell) == 1 or not cell.endswith('"'))


def _as_spreadsheets_do(rows: list[list[str]]) -> bool:
    """Whether marks stand around just the cells that hold a comma or a mark, doubled."""
    some = False
    for cell in (cell for row in rows for cell in row):
        inside = cell[1:-1]
        if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inside.replace('""', ""):
            some = True
            if not any(mark in inside for mark in ',"\t\n'):
                return False
        elif "," in cell or '"' in cell:
            return False
    return some


def _row(number: int, cells: list[str], header: list[str], quoted: bool) -> _Row:
    texts = [_unquoted(cell, quoted) for cell in cells]
    row = dict.fromkeys(COLUMNS, "") | dict(zip(header, texts, strict=False))
    row |= {name: row[name].strip() for name in COLUMNS if name != "caption"}
    if len(cells) != len(header):
        return _Row(number, row, f"{len(cells)} cells, expected one for each of {header}")
    missing = [name for name in ("split", "image") if not row[name]]
    return _Row(number, row, f"row names no {' and no '.join(missing)}" if missing else None)


def _unquoted(cell: str, always: bool = True) -> str:
    """A cell without the quotation marks that a program put around it.

    >>> _unquoted('"a ""big"" dog"', False), _unquoted('"Stop" and "go"', False)
    ('a "big" dog', '"Stop" and "go"')

    A cell in marks that has neither marks nor tabs nor line ends within is ambiguous: unless
    `always`, they are its own.
    """
    inside = cell[1:-1]
    doubled = inside.replace('""', "")
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"' or '"' in doubled:
        return cell
    needed = doubled != inside or "\t" in inside or "\n" in inside
    return inside.replace('""', '"') if always or needed else cell
