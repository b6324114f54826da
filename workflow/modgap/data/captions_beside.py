"""Images that each have their caption in a file beside them: dog.jpg and dog.txt."""

import posixpath
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from modgap.data.caption_lists import BESIDE, CaptionList
from modgap.data.caption_rows import WHOLE, Caption
from modgap.data.folders import inside, list_images, need_folder
from modgap.data.listed_texts import listed
from modgap.data.records import STATUS, failed_download, id_of, read_json
from modgap.errors import InputError
from modgap.formats.text import read_text

_CAPTION, _RECORD = BESIDE
# A line of a class and a box or an outline, as detectors are trained on.
_BOX = re.compile(r"\d+( -?[\d.]+){4,}\s*")
# Texts that lie in such a folder and are nobody's caption.
_ABOUT = ("readme", "license", "licence", "notice", "credits", "attribution")


def captions_beside(folder: Path, split: str) -> CaptionList | None:
    """The captions of images that have a .txt of the same name, None if no image has one.

    A .json without an image is the record of a download that failed, if its `status` says so: it
    is noted. A caption without an image or with two is a fault, and so is a download that succeeded
    but left none.

    Parameters
    ----------
    folder
        Holds the images, at any depth, or `images/`, or a folder for each split.
    split
        Name of a folder in it, or "all" for all there are.

    Raises
    ------
    InputError
        If the folder of the split is not there.
    """
    place = next((name for name in (split, "images") if (folder / name).is_dir()), "")
    listing = list_images(folder / place)
    others = {name for name, what in listing.others if what != "hidden"}
    images = {posixpath.splitext(name)[0] for name in listing.images}
    if not any(stem + _CAPTION in others for stem in images):
        return None
    if split not in (place, WHOLE):
        need_folder(folder, split, f"the images of this split; split {WHOLE!r} has all there are")
    captions, notes, files = [], [], set()
    alike = Counter(posixpath.splitext(image)[0] for image in listing.images)
    for image in listing.images:
        stem = posixpath.splitext(image)[0]
        name = stem + _CAPTION
        if name in others:
            own = _read(folder, inside(place, name), image, split)
            if alike[stem] > 1:
                fault = f"beside {alike[stem]} images of this name; leave the one that it describes"
                own = [replace(caption, fault=fault) for caption in own]
            if "\n" in str(own[-1].text):
                notes.append((name, "caption of several lines", "taken as one caption"))
            captions += own
            files |= {name, stem + _RECORD}
    for stem in sorted({posixpath.splitext(name)[0] for name in others} - images):
        names = {stem + suffix for suffix in (_CAPTION, _RECORD)} & others
        record = _record(folder / place / (stem + _RECORD)) if stem + _RECORD in names else None
        if failure := failed_download(record):
            notes.append((stem + _RECORD, f"no image: {failure}", "ignored"))
            files |= names
        elif id_of(record, STATUS) or (stem + _CAPTION in names and not _is_about(stem)):
            where = inside(place, min(names))
            captions.append(Caption(where, split, "", "", "", "no image of this name"))
            files |= names
    return CaptionList("*.txt", captions, place, frozenset(files), tuple(notes))


def _read(folder: Path, name: str, image: str, split: str) -> list[Caption]:
    try:
        text, fault = read_text(folder / name).strip(), None
    except InputError as error:
        text, fault = "", str(error).replace(f"{folder / name}: ", "")
    if text and all(map(_BOX.fullmatch, text.split("\n"))):
        fault = "holds the numbers of boxes, no caption"
    return [
        Caption(name, split, image, str(turn), words, fault)
        for turn, words in enumerate(listed(text))
    ]


def _record(path: Path) -> object:
    """What a file of JSON holds, None if it is none."""
    try:
        return read_json(path)
    except InputError:
        return None


def _is_about(stem: str) -> bool:
    return posixpath.basename(stem).lower() in _ABOUT
