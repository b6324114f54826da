"""MIT-States and UT-Zappos: attribute–object pairs under the compositional-split-natural split."""

import pickle
from pathlib import Path

import pandas as pd

from modgap.data.draft import Draft, images_table, pairs_table, prompts_table
from modgap.errors import InputError

SPLIT = "compositional-split-natural"
# Schrodi et al. 2025, official code: zero-shot attributes and objects; pairs for MOAD and Table 5.
ATTRIBUTE = "an image of a {name} object"
OBJECT = "image of a {name}"
PAIR = "an image of a {attribute} {object}"


def compositions(folder: Path, split: str) -> Draft:
    """Images of one split ("train", "val", "test") labelled with an attribute and an object.

    Expects `metadata_compositional-split-natural.t7` (a list of records saved by torch; read
    without running code), `compositional-split-natural/{train,val,test}_pairs.txt` and `images/`
    with a folder per pair, written "attribute_object" or "attribute object". Records outside the
    split (attribute or set "NA", unlisted pair) are no part of it. Prompts: every attribute, every
    object, and every attribute with every object of all three lists.
    """
    pairs = _pairs(folder)
    attributes = {attribute: _words(attribute) for attribute in sorted({a for a, _ in pairs})}
    objects = {thing: _object_words(thing) for thing in sorted({o for _, o in pairs})}
    records = [
        record
        for record in _records(folder)
        if record["set"] == split and (record["attr"], record["obj"]) in pairs
    ]
    if not records:
        raise InputError(f"{folder}: no image of split {split!r}; expected train, val or test")
    images = images_table(
        [record["image"] for record in records],
        [_path(folder, record) for record in records],
        attribute=[record["attr"] for record in records],
        object=[record["obj"] for record in records],
    )
    texts = pd.concat(
        [
            prompts_table("attribute", ATTRIBUTE, attributes),
            prompts_table("object", OBJECT, objects),
            pairs_table("attribute", PAIR, attributes, objects),
        ],
        ignore_index=True,
    )
    return Draft(folder, images, texts, "object", ("attribute",))


def _pairs(folder: Path) -> set[tuple[str, str]]:
    pairs = set()
    for split in ("train", "val", "test"):
        path = folder / SPLIT / f"{split}_pairs.txt"
        if not path.is_file():
            raise InputError(f"{path}: no such file; unpack {SPLIT}.tar.gz in {folder}")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            words = line.split()
            if words and len(words) != 2:
                raise InputError(f"{path}: line {number}: expected an attribute and an object")
            if words:
                pairs.add((words[0], words[1]))
    return pairs


def _records(folder: Path) -> list[dict[str, str]]:
    import torch

    path = folder / f"metadata_{SPLIT}.t7"
    if not path.is_file():
        raise InputError(f"{path}: no such file; unpack {SPLIT}.tar.gz in {folder}")
    try:
        records = torch.load(path, weights_only=True)
        missing = {"image", "attr", "obj", "set"} - set(records[0])
    except (pickle.UnpicklingError, RuntimeError, EOFError, TypeError, LookupError) as error:
        raise InputError(
            f"{path}: not a list of plain records saved by torch ({error}); nothing else is loaded"
        ) from error
    if missing:
        raise InputError(f"{path}: records without {sorted(missing)}")
    return records


def _path(folder: Path, record: dict[str, str]) -> str:
    name = record["image"].rsplit("/", 1)[-1]
    spaced = f"images/{record['attr']} {record['obj']}/{name}"
    # Both spellings are around: the archives have a space, most scripts rename it.
    return spaced if (folder / spaced).is_file() else f"images/{record['image']}"


def _words(label: str) -> str:
    """How a label is said: "Faux.Fur" → "faux fur"."""
    return label.lower().replace(".", " ")


def _object_words(label: str) -> str:
    """How an object is said: "Boots.Mid-Calf" → "mid-calf boots", "Slippers.Slippers" → "slippers".

    UT-Zappos writes the kind of shoe first; as in the official code it is said last.
    """
    first, *rest = label.lower().split(".")
    return " ".join([*rest, *([] if rest and rest[-1] == first else [first])])
