"""COCO Captions: val2017/*.jpg and annotations/captions_val2017.json."""

from collections import Counter
from pathlib import Path

import pandas as pd

from modgap.data.draft import Draft, Note, Problem, captions_table, images_table, text_fault
from modgap.data.folders import FileNames, list_images, need_folder, printable
from modgap.data.records import id_of, read_json
from modgap.errors import InputError

CAPTIONS_PER_IMAGE = 5
# Of the files that a message names.
_SHOWN = 5


def coco_captions(folder: Path, split: str) -> Draft:
    """COCO's images with their first five captions, in the order of the annotation file.

    The text is the paper's: "a photo of " and the caption with its first letter lower-cased
    (Schrodi et al. 2025, official code); images by id, as the official loader has them. `split` is
    "val2017" or "train2017"; its images lie in a folder of that name, here or in images/. An image
    of the folder that the file does not list is reported, and a caption beyond the first five.
    """
    path = _annotations(folder, split)
    data = read_json(path)
    if not isinstance(data, dict) or not all(
        isinstance(data.get(key), list) for key in ("images", "annotations")
    ):
        raise InputError(
            f"{path}: not a COCO caption file; expected JSON with lists of images (id, file_name) "
            "and annotations (id, image_id, caption)"
        )
    if not data["annotations"]:
        raise InputError(f"{path}: no annotation in it; expected captions of its images")
    place = _place(folder, split)
    listing = list_images(need_folder(folder, place, "the images of this split"))
    files = FileNames(listing.images, split)
    listed = sorted(
        (_image(entry, number, files) for number, entry in enumerate(data["images"])),
        key=lambda image: _by_number(image[0]),
    )
    ids, names, faults = map(list, zip(*listed, strict=True)) if listed else ([], [], [])
    images = images_table(ids, [f"{place}/{name}" for name in names], faults=faults)
    texts, beyond = _captions(data["annotations"], ids)
    draft = Draft(folder, images, texts, notes=beyond)
    draft.add_listing(listing, place)
    known = set(names)
    draft.problems += [
        Problem(f"{place}/{name}", f"image that {path.name} does not list")
        for name in listing.images
        if name not in known
    ]
    return draft


def _annotations(folder: Path, split: str) -> Path:
    name = f"captions_{split}.json"
    places = [folder / "annotations" / name, folder / name]
    for path in places:
        if path.is_file():
            return path
    there = [*folder.glob("annotations/*.json"), *folder.glob("*.json")]
    names = sorted(other.relative_to(folder).as_posix() for other in there)
    shown = ", ".join(names[:_SHOWN]) + ", …" * (len(names) > _SHOWN)
    raise InputError(
        f"{places[0]}: no such file; unpack annotations_trainval2017.zip in {folder}"
        + f", or call the one with the captions of this split so: {shown}" * bool(names)
    )


def _place(folder: Path, split: str) -> str:
    """The folder of the images of a split, relative to that of the data set."""
    nested = f"images/{split}"
    return nested if (folder / nested).is_dir() and not (folder / split).is_dir() else split


def _image(entry: object, number: int, files: FileNames) -> tuple[str, str, str | None]:
    """Id, file name and fault of an entry of the list of images."""
    image = id_of(entry, "id")
    name = entry.get("file_name") if isinstance(entry, dict) else None
    if image is None:
        return f"image entry {number}", "", "entry has no id"
    if not isinstance(name, str) or not name.strip():
        return image, "", f"entry has no file_name but {printable(repr(name))}"
    return image, files.lookup(name) or printable(name), None


def _by_number(image: str) -> tuple[bool, int, str]:
    return (not image.isdecimal(), int(image) if image.isdecimal() else 0, image)


def _captions(annotations: list, images: list[str]) -> tuple[pd.DataFrame, list[Note]]:
    """The first captions of each image in the order of `images`, then those of none of them.

    What cannot be used is reported and is none of the first; further captions are noted.
    """
    by_image: dict[str | None, list[tuple]] = {image: [] for image in images}
    usable, seen, beyond = Counter(), set(), []
    for number, entry in enumerate(annotations):
        image, note = id_of(entry, "image_id"), id_of(entry, "id")
        caption = entry.get("caption") if isinstance(entry, dict) else None
        fault = None if image else "annotation has no image_id"
        fault = fault or (None if note else "annotation has no id") or text_fault(caption)
        fault = fault or ("text id used before" if note in seen else None)
        seen.add(note)
        if fault or usable[image] < CAPTIONS_PER_IMAGE:
            usable[image] += not fault
            text = "" if fault else _prompt(caption)
            row = (note or f"annotation {number}", text, image, fault)
            by_image.setdefault(image, []).append(row)
        else:
            what = f"caption beyond the first {CAPTIONS_PER_IMAGE} of image {image}"
            beyond.append(Note(note or f"annotation {number}", what, "ignored"))
    rows = [row for own in by_image.values() for row in own]
    return captions_table(*(zip(*rows, strict=True) if rows else ((), (), (), ()))), beyond


def _prompt(caption: str) -> str:
    caption = caption.strip()
    return f"a photo of {caption[:1].lower()}{caption[1:]}"
