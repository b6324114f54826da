"""Any folder of images with a table of captions, such as Flickr8k."""

import csv
import os
from pathlib import Path

from modgap.data.draft import IMAGE_SUFFIXES, Draft, Problem, captions_table, images_table
from modgap.errors import InputError

COLUMNS = ("split", "image", "caption_index", "caption")


def caption_folder(folder: Path, split: str) -> Draft:
    """Images and captions of one split of a folder with `captions.tsv`.

    The table has the columns split, image, caption_index and caption, one row per caption; tabs
    and quotation marks have no other meaning. The images lie in a folder named like the split, or
    in `images/`. Captions are used as they are. An image file that no row names is reported.
    """
    table = folder / "captions.tsv"
    rows = [row for row in _read(table) if row["split"] == split]
    if not rows:
        raise InputError(f"{table}: no row of split {split!r}")
    place = split if (folder / split).is_dir() else "images"
    names = list(dict.fromkeys(row["image"] for row in rows))
    captions = captions_table(
        [f"{row['image']}#{row['caption_index']}" for row in rows],
        [row["caption"] for row in rows],
        [row["image"] for row in rows],
    )
    draft = Draft(folder, images_table(names, [f"{place}/{name}" for name in names]), captions)
    draft.problems += _unlisted(folder, place, table)
    return draft


def _unlisted(folder: Path, place: str, table: Path) -> list[Problem]:
    """Image files without a caption; a folder that splits share is compared with all of them."""
    known = {row["image"] for row in _read(table)}
    files = (folder / place).iterdir() if (folder / place).is_dir() else ()
    found = {file.name for file in files if file.suffix.lower() in IMAGE_SUFFIXES}
    return [Problem(f"{place}/{name}", "image without caption") for name in sorted(found - known)]


def _read(table: str | os.PathLike) -> list[dict[str, str]]:
    if not Path(table).is_file():
        raise InputError(f"{table}: no such file; expected a table with the columns {COLUMNS}")
    with Path(table).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, restkey="")
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            raise InputError(f"{table}: no column {missing}; it has {reader.fieldnames}")
        rows = list(reader)
    for number, row in enumerate(rows, start=2):
        if "" in row or None in row.values():
            raise InputError(
                f"{table}: line {number}: expected one cell for each of {reader.fieldnames}"
            )
    return rows
