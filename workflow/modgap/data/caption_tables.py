"""Lists of captions as tables of text: parted by commas, tabs or bars, or as Flickr8k's tokens."""

import re
from dataclasses import replace
from pathlib import Path

from modgap.data.caption_rows import (
    SPLIT_COLUMN,
    WHOLE,
    Caption,
    caption_columns,
    image_column,
    named_split,
    row_fault,
    split_of,
)
from modgap.data.folders import FileNames, is_image_name
from modgap.data.listed_texts import listed
from modgap.data.tabbed_rows import tabbed_rows
from modgap.errors import InputError
from modgap.formats.text import (
    cells_fault,
    fitted_row,
    read_lines,
    read_text,
    sound_rows_of,
    told_separator,
)

# Beside the Flickr8k.token.txt: the images of a split, one name per line.
IMAGES_OF_SPLIT = "Flickr_8k.{split}Images.txt"
_INDEX_COLUMN = "comment_number"
_TOKEN = re.compile(r"([^\t]+)#(\d+)\t(.*)")


def captions_of_table(path: Path, split: str, own: bool) -> list[Caption]:
    """The captions of a table of text, whose first line tells the layout.

    Parameters
    ----------
    path
        With a header and a row per caption, or lines of an image, #, a number, a tab, the caption.
    split, own
        As `modgap.data.caption_rows.split_of` has them.

    Raises
    ------
    InputError
        If the header lacks a column, or a quotation mark that is not closed hides other rows.
    """
    told, text = told_separator(read_text(path))
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    first = lines[0][1] if lines else ""
    if _TOKEN.fullmatch(first):
        return _of_tokens(path, lines, split)
    # Flickr30k's bars stand before a blank, and what they part is not quoted.
    if not told and "| " in first:
        return _of_rows(path, [(n, _barred(line, first)) for n, line in lines], split, own)
    # A spreadsheet writes what its country parts cells by.
    usual = next((mark for mark in ";\t|" if mark in first and "," not in first), ",")
    separator = told or usual
    if separator == "\t":
        # Most programs put no marks around what tabs part.
        rows = tabbed_rows([*enumerate(text.split("\n"), 1)])
        rows = [(number, [cell.strip() for cell in cells]) for number, cells in rows]
        return _of_rows(path, rows, split, own)
    rows = sound_rows_of(text, separator)
    _check_quotes(path, rows, separator)
    return _of_rows(path, rows, split, own)


def _barred(line: str, header: str) -> list[str]:
    """The cells of a line that bars part; in the last one a bar is a character."""
    return [cell.strip() for cell in line.split("|", header.count("|"))]


def _check_quotes(path: Path, rows: list[tuple[int, list[str]]], separator: str) -> None:
    """Raise `InputError` for a cell over several lines that hold rows of their own."""
    for number, cells in rows:
        within = [line for cell in cells if "\n" in cell for line in cell.split("\n")[1:]]
        if hidden := [x for x in within if separator in x and is_image_name(x.split(separator)[0])]:
            raise InputError(
                f"{path}: line {number}: a quotation mark that is not closed there takes "
                f"{len(hidden)} rows along, such as {hidden[0]!r}; close it, or double it where it "
                "is part of a caption"
            )


def _of_rows(path: Path, rows: list[tuple[int, list[str]]], split: str, own: bool) -> list[Caption]:
    """A table with a header, one row per caption or list of them: image, caption, its number."""
    header = [cell.lower() for cell in rows[0][1]] if rows else []
    name_column, text_columns = image_column(path, header), caption_columns(path, header)
    used = {name_column, *text_columns, _INDEX_COLUMN, SPLIT_COLUMN}
    captions = []
    for number, cells in rows[1:]:
        where, cells = f"{path.name} line {number}", fitted_row(cells, header, used)
        if fault := cells_fault(cells, header):
            captions.append(Caption(where, "", "", "", "", fault))
            continue
        row = dict(zip(header, cells, strict=True))
        image, texts = row[name_column], [t for name in text_columns for t in listed(row[name])]
        # One number counts one caption.
        index = row.get(_INDEX_COLUMN, "") if len(texts) == 1 else ""
        part = split_of(image, split, own)
        if SPLIT_COLUMN in row:
            part = named_split(row[SPLIT_COLUMN])
        fault = row_fault(image, part)
        captions += [Caption(where, part or "", image, index, text, fault) for text in texts]
    return captions


def _of_tokens(path: Path, lines: list[tuple[int, str]], split: str) -> list[Caption]:
    """Lines of an image, #, the number of its caption, a tab and the caption."""
    captions: list[Caption] = []
    for number, line in lines:
        where, match = f"{path.name} line {number}", _TOKEN.fullmatch(line)
        if match:
            image = match[1].strip()
            part = split_of(image, split, own=False)
            captions.append(Caption(where, part, image, match[2], match[3]))
        else:
            fault = "expected an image, #, a number, a tab and the caption"
            captions.append(Caption(where, "", "", "", "", fault))
    listing = path.with_name(IMAGES_OF_SPLIT.format(split=split))
    return _of_listed(captions, listing, split) if listing.is_file() else captions


def _of_listed(captions: list[Caption], listing: Path, split: str) -> list[Caption]:
    """The captions with this split where a list beside them names their image."""
    lines = {line.strip(): number for number, line in read_lines(listing) if line.strip()}
    known = FileNames(caption.image for caption in captions if not caption.fault)
    files = {line: known.lookup(line) for line in lines}
    own = set(files.values())
    captions = [
        caption
        if caption.fault
        else replace(caption, split=split if caption.image in own else WHOLE)
        for caption in captions
    ]
    return captions + [
        Caption(f"{listing.name} line {number}", "", "", "", "", f"no caption of {image}")
        for image, number in lines.items()
        if files[image] is None
    ]
