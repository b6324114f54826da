"""MIT-States and UT-Zappos: attribute–object pairs under the compositional-split-natural split."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import pandas as pd

from modgap.data.draft import Draft, Note, images_table, pairs_table, prompts_table
from modgap.data.folders import FileNames, list_images, need_folder
from modgap.data.records import as_word
from modgap.errors import InputError
from modgap.formats.text import read_lines

_log = logging.getLogger(__name__)
SPLIT = "compositional-split-natural"
SPLITS = ("train", "val", "test")
# Schrodi et al. 2025, official code: zero-shot attributes and objects; pairs for MOAD and Table 5.
ATTRIBUTE = "an image of a {name} object"
OBJECT = "image of a {name}"
PAIR = "an image of a {attribute} {object}"
_KEYS = ("image", "attr", "obj", "set")
# What the files write where nothing is known; it is a word like any other if a pair has it.
_UNKNOWN = "NA"


@dataclass(frozen=True)
class _Record:
    """What the metadata say of an image; its number in the file, and why it cannot be used."""

    number: int
    image: str
    attribute: str
    object: str
    split: str
    fault: str | None

    @property
    def pair(self) -> tuple[str, str]:
        return self.attribute, self.object


def compositions(folder: Path, split: str) -> Draft:
    """Images of one split ("train", "val", "test") labelled with an attribute and an object.

    Expects `metadata_compositional-split-natural.t7` (a list of records saved by torch; read
    without running code), `compositional-split-natural/{train,val,test}_pairs.txt` and `images/`
    with a folder per pair, written "attribute_object" or "attribute object". Records outside the
    split (attribute or set "NA", unlisted pair) are no part of it; those among them that name the
    split are reported. Prompts: every attribute, every object, and every attribute with every
    object of all three lists.
    """
    pairs = _pairs(folder)
    attributes = {attribute: _words(attribute) for attribute in sorted({a for a, _ in pairs})}
    objects = {label: _object_words(label) for label in sorted({o for _, o in pairs})}
    every = _records(folder)
    own = [
        record for record in every if record.split == split or (record.fault and not record.split)
    ]
    records = [record for record in own if record.fault or record.pair in pairs]
    if not any(record.fault is None for record in records):
        raise InputError(f"{folder}: no image of split {split!r}; expected train, val or test")
    place = need_folder(folder, "images", "a folder of images per pair")
    listing = list_images(place)
    files = FileNames(listing.images, place.name)
    images = images_table(
        [record.image for record in records],
        [f"{place.name}/{_file(record, files)}" for record in records],
        faults=[record.fault for record in records],
        attribute=[record.attribute for record in records],
        object=[record.object for record in records],
    )
    texts = pd.concat(
        [
            prompts_table("attribute", ATTRIBUTE, attributes),
            prompts_table("object", OBJECT, objects),
            pairs_table("attribute", PAIR, attributes, objects),
        ],
        ignore_index=True,
    )
    draft = Draft(folder, images, texts, "object", ("attribute",))
    draft.add_listing(listing, place.name)
    draft.notes += _left_out(own, pairs)
    outside = sum(record.split not in SPLITS for record in every)
    _log.info("%s: %d of %d records are of no split", folder, outside, len(every))
    return draft


def _left_out(records: Iterable[_Record], pairs: set[tuple[str, str]]) -> list[Note]:
    """Records of the split whose attribute is unknown, or whose pair is in no list."""
    return [
        Note(
            record.image,
            "its attribute is unknown"
            if record.attribute == _UNKNOWN
            else f"pair {' '.join(record.pair)!r} is in no list of pairs",
            "ignored",
        )
        for record in records
        if record.fault is None and record.pair not in pairs
    ]


def _pairs(folder: Path) -> set[tuple[str, str]]:
    pairs = set()
    for split in SPLITS:
        path = folder / SPLIT / f"{split}_pairs.txt"
        if not path.is_file():
            raise InputError(f"{path}: no such file; unpack {SPLIT}.tar.gz in {folder}")
        listed = [(number, line.split()) for number, line in read_lines(path) if line.strip()]
        if not listed:
            raise InputError(f"{path}: no pair in it; unpack {SPLIT}.tar.gz again")
        for number, words in listed:
            if len(words) != 2:
                raise InputError(f"{path}: line {number}: expected an attribute and an object")
            pairs.add((words[0], words[1]))
    return pairs


def _records(folder: Path) -> list[_Record]:
    import torch

    path = folder / f"metadata_{SPLIT}.t7"
    if not path.is_file():
        raise InputError(f"{path}: no such file; unpack {SPLIT}.tar.gz in {folder}")
    try:
        entries = list(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # pickle, zip and torch each have classes of their own
        # torch's own words for it advise to run what is in the file.
        other = isinstance(error, UnpicklingError)
        reason = "a pickle of other things, or damaged" if other else error
        raise InputError(
            f"{path}: not a list of plain records saved by torch ({reason}); nothing else is loaded"
        ) from error
    fields = [set(entry) for entry in entries if isinstance(entry, dict)]
    missing = set(_KEYS).difference(*fields)
    if missing or not fields:
        raise InputError(f"{path}: records without {sorted(missing or _KEYS)}")
    return [_record(number, entry) for number, entry in enumerate(entries)]


def _record(number: int, entry: object) -> _Record:
    values = {key: as_word(entry.get(key)) if isinstance(entry, dict) else None for key in _KEYS}
    missing = [key for key, value in values.items() if value is None]
    # Two folders deep whatever the system: "ancient_city/1.jpg".
    image = (values["image"] or f"record {number}").replace("\\", "/")
    return _Record(
        number,
        image,
        values["attr"] or "",
        values["obj"] or "",
        values["set"] or "",
        f"record without {' and '.join(missing)}" if missing else None,
    )


def _file(record: _Record, files: FileNames) -> str:
    """The image's path below images/, under the name that its folder has there."""
    name = record.image.rsplit("/", 1)[-1]
    # Both spellings are around: the archives have a space, most scripts rename it.
    spaced = files.lookup(f"{record.attribute} {record.object}/{name}")
    return spaced or files.lookup(record.image) or record.image


def _words(label: str) -> str:
    """How a label is said: "Faux.Fur" → "faux fur"."""
    return label.lower().replace(".", " ")


def _object_words(label: str) -> str:
    """How an object is said: "Boots.Mid-Calf" → "mid-calf boots", "Slippers.Slippers" → "slippers".

    UT-Zappos writes the kind of shoe first; as in the official code it is said last.
    """
    first, *rest = label.lower().split(".")
    return " ".join([*rest, *([] if rest and rest[-1] == first else [first])])
