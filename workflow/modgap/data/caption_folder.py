"""Any folder of images with a table of captions, such as Flickr8k."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from modgap.data.caption_lists import TABLE, CaptionList, read_captions
from modgap.data.caption_rows import WHOLE, Caption, named_split
from modgap.data.captions_beside import captions_beside
from modgap.data.captions_elsewhere import captions_elsewhere
from modgap.data.draft import Draft, Note, Problem, captions_table, images_table, text_fault
from modgap.data.folders import FileNames, inside, list_images, need_folder, path_before
from modgap.errors import InputError, nearest
from modgap.formats.text import fitted_row, need_columns, read_lines

COLUMNS = ("split", "image", "caption_index", "caption")
# A cell and what ends it; in quotation marks it may hold tabs and line ends.
_CELL = re.compile(r'("(?:[^"]|"")*"|[^\t\n]*)(\t|\Z)')
# Of one row: a mark that is never closed must not have the whole table looked through.
_MOST_LINES = 100


def caption_folder(folder: Path, split: str) -> Draft:
    """Images and captions of one split of a folder with `captions.tsv`, or another list of them.

    The table has the columns split, image, caption_index and caption, one row per caption. Cells
    are parted by tabs; quotation marks are part of a caption, but for those that a program puts
    around a cell: when it doubles the ones within, when the cell holds a tab or a line end, and
    when, as spreadsheets do, they stand around just the cells with a comma or a mark; where some
    are a program's and all may be, all are. The images lie in a folder named like the split, or in
    `images/`; an image is known by its path there. Captions are used as they are. An image file
    that no row names, and a row with too few cells or too many, are reported.

    Without that table the lists of others count (`caption_lists`), and captions in a file beside
    each image (`captions_beside`); these images may lie anywhere in the folder.
    """
    found = _list_of(folder, split)
    captions, spelt = _spelt_as(found.captions, split)
    splits = sorted({caption.split for caption in captions if not caption.fault})
    if split not in splits:
        hint = nearest(split, splits, "its splits are") if splits else _unusable(found)
        raise InputError(f"{folder / found.name}: no row of split {split!r}; {hint}")
    place = need_folder(folder, found.place, f"the images of split {split!r}")
    listing = list_images(place)
    before = _before(captions, split, found.place)
    files = FileNames(listing.images, before or found.place)
    named = [
        replace(caption, image=files.lookup(caption.image) or caption.image) for caption in captions
    ]
    if found.place == split != WHOLE:
        named = [_of_no_split(caption, files) for caption in named]
    # A row without a split that there is may be one of this split.
    here = [caption for caption in named if caption.split == split or caption.split not in splits]
    draft = _draft(folder, found.place, _numbered(here))
    unread = [other for other in listing.others if other[0] not in found.files]
    draft.add_listing(replace(listing, others=tuple(unread)), found.place)
    draft.notes += [Note(inside(found.place, name), what, done) for name, what, done in found.notes]
    draft.notes += [
        Note(found.name, f"rows of split {other!r}: {number}", f"taken as {split!r}")
        for other, number in spelt.items()
    ]
    what = f"its images are named from {before}"
    draft.notes += [Note(found.name, what, f"taken as those of {found.place}")] if before else []
    # A folder that splits share is compared with the rows of all of them.
    known = {caption.image for caption in (here if found.place == split else named)}
    draft.problems += [
        Problem(inside(found.place, name), "image without caption")
        for name in listing.images
        if name not in known
    ]
    return draft


def _spelt_as(captions: list[Caption], split: str) -> tuple[list[Caption], Counter[str]]:
    """The captions with this split where capitals alone tell theirs from it, and how many of each.

    "Test" beside "test" is no split of its own, and its rows would be missing from both.
    """
    spelt = Counter(
        caption.split
        for caption in captions
        if caption.split != split and caption.split.lower() == split.lower()
    )
    return [
        replace(caption, split=split) if caption.split in spelt else caption for caption in captions
    ], spelt


def _before(captions: list[Caption], split: str, place: str) -> str:
    """What stands before the folder `place` in the names of all its images, see `path_before`."""
    # A split's own folder has none of the others' images.
    of_all = place != split
    named = [c.image for c in captions if not c.fault and (of_all or c.split == split)]
    return path_before(named, place)


def _of_no_split(caption: Caption, files: FileNames) -> Caption:
    """A fault for an image without a folder in a list where others have the split's, which has it.

    It may be of this split or of any other with an image of that name.
    """
    if caption.fault or caption.split != WHOLE or files.lookup(caption.image) is None:
        return caption
    fault = "its image has no folder, as others have that of their split"
    return replace(caption, split="", fault=fault)


def _numbered(captions: list[Caption]) -> list[Caption]:
    """The captions with a number where their list gives none: in their order, for each image."""
    turns, numbered = Counter(), []
    for caption in captions:
        index = caption.index or str(turns[caption.image])
        turns[caption.image] += 1
        numbered.append(replace(caption, index=index))
    return numbered


def _unusable(found: CaptionList) -> str:
    """Why a list has no row that could be used."""
    if not found.captions:
        return "it has no rows"
    first = found.captions[0]
    return f"none of its {len(found.captions)} rows can be used; {first.where}: {first.fault}"


def _list_of(folder: Path, split: str) -> CaptionList:
    """The captions of the table if there is one, or else of another list."""
    if not (folder / TABLE).is_file():
        found = read_captions(folder, split) or captions_beside(folder, split)
        if found:
            return found
    place = split if (folder / split).is_dir() or not (folder / "images").is_dir() else "images"
    return CaptionList(TABLE, _read(folder / TABLE), place)


def _draft(folder: Path, place: str, captions: list[Caption]) -> Draft:
    ids = list(dict.fromkeys(caption.image for caption in captions if not caption.fault))
    faults = [caption.fault or text_fault(caption.text) for caption in captions]
    return Draft(
        folder,
        images_table(ids, [inside(place, name) for name in ids]),
        captions_table(
            [_caption_id(caption) for caption in captions],
            [
                "" if fault else caption.text
                for caption, fault in zip(captions, faults, strict=True)
            ],
            [None if caption.fault else caption.image for caption in captions],
            faults,
        ),
    )


def _caption_id(caption: Caption) -> str:
    return caption.where if caption.fault else f"{caption.image}#{caption.index}"


def _read(table: Path) -> list[Caption]:
    if not table.is_file():
        raise InputError(
            f"{table}: no such file; expected a table with the columns {COLUMNS}, or another list "
            f"of captions that config/README.md names{captions_elsewhere(table.parent)}"
        )
    lines = read_lines(table)
    while lines and not lines[0][1].strip():
        lines = lines[1:]
    header = [_unquoted(cell).strip() for cell in lines[0][1].split("\t")] if lines else []
    while header and not header[-1]:
        header.pop()
    need_columns(table, header, COLUMNS)
    rows = list(_rows(lines[1:], len(header)))
    cells = [cell for _, row in rows for cell in row]
    quoted = lines[0][1].startswith('"') or _as_spreadsheets_do(cells) or _as_programs_do(cells)
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


def _within_marks(cell: str) -> str | None:
    """What is in the marks around a cell, None without any or where one within is not doubled."""
    inside = cell[1:-1]
    marked = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return inside if marked and '"' not in inside.replace('""', "") else None


def _needs_marks(inside: str) -> bool:
    return any(mark in inside for mark in '"\t\n')


def _row(number: int, cells: list[str], header: list[str], quoted: bool) -> Caption:
    cells = fitted_row(cells, header, COLUMNS)
    texts = [_unquoted(cell, quoted) for cell in cells]
    row = dict.fromkeys(COLUMNS, "") | dict(zip(header, texts, strict=False))
    row |= {name: row[name].strip() for name in COLUMNS if name != "caption"}
    row["split"] = named_split(row["split"]) or ""
    missing = [name for name in ("split", "image") if not row[name]]
    fault = f"row names no {' and no '.join(missing)}" if missing else None
    if len(cells) != len(header):
        fault = f"{len(cells)} cells, expected one for each of {header}"
    return Caption(f"{TABLE} line {number}", *(row[name] for name in COLUMNS), fault)


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
