"""Any folder of images with a table of captions, such as Flickr8k."""

import os
from dataclasses import dataclass
from pathlib import Path

from modgap.data.draft import Draft, Problem, captions_table, images_table
from modgap.data.folders import FileNames, list_images, need_folder
from modgap.errors import InputError, nearest
from modgap.formats.text import read_lines

TABLE = "captions.tsv"
COLUMNS = ("split", "image", "caption_index", "caption")


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
    around a cell when it doubles the ones within. The images lie in a folder named like the split,
    or in `images/`; an image is known by its path there. Captions are used as they are. An image
    file that no row names, and a row with too few cells or too many, are reported.
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
    lines = [(number, line.split("\t")) for number, line in read_lines(table) if line.strip()]
    quoted = bool(lines) and lines[0][1][0].startswith('"')
    header = [_unquoted(cell).strip() for cell in lines[0][1]] if lines else []
    while header and not header[-1]:
        header.pop()
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise InputError(f"{table}: no column {missing}; it has {header}")
    return [_row(number, cells, header, quoted) for number, cells in lines[1:]]


def _row(number: int, cells: list[str], header: list[str], quoted: bool) -> _Row:
    # Spreadsheets end every row with as many tabs as their widest one has.
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    texts = [_unquoted(cell, quoted) for cell in cells]
    row = dict.fromkeys(COLUMNS, "") | dict(zip(header, texts, strict=False))
    row |= {name: row[name].strip() for name in COLUMNS if name != "caption"}
    if len(cells) != len(header):
        return _Row(number, row, f"{len(cells)} cells, expected one for each of {header}")
    return _Row(number, row, None if row["image"] else "row names no image")


def _unquoted(cell: str, always: bool = True) -> str:
    """A cell without the quotation marks that a program put around it.

    >>> _unquoted('"a ""big"" dog"', False), _unquoted('"Stop" and "go"', False)
    ('a "big" dog', '"Stop" and "go"')

    A cell in marks that has none within is ambiguous: unless `always`, they are its own.
    """
    inside = cell[1:-1]
    doubled = inside.replace('""', "")
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"' or '"' in doubled:
        return cell
    return inside.replace('""', '"') if always or doubled != inside else cell
