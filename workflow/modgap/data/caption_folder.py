"""Any folder of images with a table of captions, such as Flickr8k."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from modgap.data.caption_lists import TABLE, CaptionList, read_captions
from modgap.data.caption_rows import WHOLE, Caption, named_split
from modgap.data.captions_beside import captions_beside
from modgap.data.captions_elsewhere import captions_elsewhere
from modgap.data.draft import Draft, Note, Problem, captions_table, images_table, text_fault
from modgap.data.folders import FileNames, inside, list_images, need_folder, path_before
from modgap.data.listed_texts import listed
from modgap.data.tabbed_rows import tabbed_rows
from modgap.errors import InputError, nearest
from modgap.formats.text import fitted_row, need_columns, read_lines

COLUMNS = ("split", "image", "caption_index", "caption")


def caption_folder(folder: Path, split: str) -> Draft:
    """Images and captions of one split of a folder with `captions.tsv`, or another list of them.

    The table has the columns split, image, caption_index and caption, one row per caption. Cells
    are parted by tabs; quotation marks are part of a caption, but for those that a program puts
    around a cell (`tabbed_rows`); a list that was written as text is several captions. The images
    lie in a folder named like the split, or in `images/`; an image is known by its path there.
    Captions are used as they are. An image file that no row names, and a row with too few cells or
    too many, are reported.

    Without that table the lists of others count (`caption_lists`), and captions in a file beside
    each image (`captions_beside`); these images may lie anywhere in the folder.
    """
    chosen = _list_of(folder, split)
    captions, spelt = _spelt_as(chosen.captions, split)
    splits = sorted({caption.split for caption in captions if not caption.fault})
    if split not in splits:
        hint = nearest(split, splits, "its splits are") if splits else _unusable(chosen)
        raise InputError(f"{folder / chosen.name}: no row of split {split!r}; {hint}")
    place = need_folder(folder, chosen.place, f"the images of split {split!r}")
    listing = list_images(place)
    before = _before(captions, split, chosen.place)
    files = FileNames(listing.images, before or chosen.place)
    named = [
        replace(caption, image=files.lookup(caption.image) or caption.image) for caption in captions
    ]
    if chosen.place == split != WHOLE:
        named = [_of_no_split(caption, files) for caption in named]
    # A row without a split that there is may be one of this split.
    here = [caption for caption in named if caption.split == split or caption.split not in splits]
    draft = _draft(folder, chosen.place, _numbered(here))
    unread = [other for other in listing.others if other[0] not in chosen.files]
    draft.add_listing(replace(listing, others=tuple(unread)), chosen.place)
    draft.notes += [
        Note(inside(chosen.place, name), what, done) for name, what, done in chosen.notes
    ]
    draft.notes += [
        Note(chosen.name, f"rows of split {other!r}: {number}", f"taken as {split!r}")
        for other, number in spelt.items()
    ]
    what = f"its images are named from {before}"
    draft.notes += [Note(chosen.name, what, f"taken as those of {chosen.place}")] if before else []
    # A folder that splits share is compared with the rows of all of them.
    known = {caption.image for caption in (here if chosen.place == split else named)}
    draft.problems += [
        Problem(inside(chosen.place, name), "image without caption")
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


def _unusable(chosen: CaptionList) -> str:
    """Why a list has no row that could be used."""
    if not chosen.captions:
        return "it has no rows"
    first = chosen.captions[0]
    return f"none of its {len(chosen.captions)} rows can be used; {first.where}: {first.fault}"


def _list_of(folder: Path, split: str) -> CaptionList:
    """The captions of the table if there is one, or else of another list."""
    if not (folder / TABLE).is_file():
        chosen = read_captions(folder, split) or captions_beside(folder, split)
        if chosen:
            return chosen
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
    rows = tabbed_rows(read_lines(table))
    header = rows[0][1] if rows else []
    need_columns(table, header, COLUMNS)
    return [caption for number, cells in rows[1:] for caption in _row(number, cells, header)]


def _row(number: int, cells: list[str], header: list[str]) -> list[Caption]:
    cells = fitted_row(cells, header, COLUMNS)
    row = dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=False))
    row |= {name: row[name].strip() for name in COLUMNS if name != "caption"}
    row["split"] = named_split(row["split"]) or ""
    missing = [name for name in ("split", "image") if not row[name]]
    fault = f"row names no {' and no '.join(missing)}" if missing else None
    if len(cells) != len(header):
        fault = f"{len(cells)} cells, expected one for each of {header}"
    texts = listed(row["caption"])
    # One number counts one caption.
    index = row["caption_index"] if len(texts) == 1 else ""
    where = f"{TABLE} line {number}"
    return [Caption(where, row["split"], row["image"], index, text, fault) for text in texts]
