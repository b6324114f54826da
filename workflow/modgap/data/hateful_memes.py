"""Hateful Memes: pictures with words on them, hateful or not."""

import json
from pathlib import Path
from typing import NamedTuple

from modgap.data.draft import Draft, images_table, prompts_table
from modgap.data.folders import FileNames, list_images
from modgap.data.records import as_word, named_once
from modgap.errors import InputError
from modgap.formats.text import read_lines

# CLIP's own prompts for this data set (Radford et al. 2021).
TEMPLATE = "a {name}."
# Label of the list → class, in the order that makes hateful the second of two.
CLASSES = {"0": "meme", "1": "hatespeech meme"}
_FACTOR = "class"
_KEYS = ("id", "img", "label")
_FOLDER = "img"


class _Meme(NamedTuple):
    """A line of the list: what it says of its meme, and why that cannot be used."""

    id: str
    path: str
    label: str
    fault: str | None = None


def hateful_memes(folder: Path, split: str) -> Draft:
    """Memes of one split: `<split>.jsonl` with id, img and label, and the images that it names.

    The words on a meme, which the list has too, are not used: as published, the picture alone is
    classified by the prompts "a meme." and "a hatespeech meme.".

    Parameters
    ----------
    folder
        Holds the list and img/.
    split
        Name of a list with labels, such as dev or dev_seen.

    Returns
    -------
    Draft
        One label column, class ("0" not hateful, "1" hateful). A line that is no JSON, lacks a key
        or has another label is reported.

    Raises
    ------
    InputError
        If the list is missing, or none of its lines has all keys: the lists of the test splits
        have no labels.
    """
    path = folder / f"{split}.jsonl"
    files = FileNames(list_images(folder / _FOLDER).images, _FOLDER)
    lines = [(number, line) for number, line in read_lines(path) if line.strip()]
    memes = [_meme(f"{path.name} line {number}", line, files) for number, line in lines]
    if not any(meme.fault is None for meme in memes):
        first = f"; line {lines[0][0]}: {memes[0].fault}" if memes else ""
        raise InputError(
            f"{path}: no meme in it{first}. Expected a line of JSON for each, with "
            f"{', '.join(_KEYS)}"
        )
    ids, files, labels, faults = zip(*_without_repeats(memes), strict=True)
    images = images_table(ids, files, faults=faults, **{_FACTOR: list(labels)})
    texts = prompts_table(_FACTOR, TEMPLATE, CLASSES)
    return Draft(folder, images, texts, _FACTOR, classes={_FACTOR: list(CLASSES)})


def _without_repeats(memes: list[_Meme]) -> list[_Meme]:
    """The memes with a fault where an earlier line has the same image under another label."""
    labels: dict[str, str] = {}
    checked = []
    for meme in memes:
        earlier = meme.label if meme.fault else labels.setdefault(meme.path, meme.label)
        fault = f"labelled {meme.label}, in an earlier line {earlier}"
        checked.append(meme if earlier == meme.label else meme._replace(fault=fault))
    return checked


def _meme(where: str, line: str, files: FileNames) -> _Meme:
    try:
        row = json.loads(line, object_pairs_hook=named_once)
    except (ValueError, RecursionError) as error:
        return _Meme(where, "", "", f"no JSON ({error})")
    row = row if isinstance(row, dict) else {}
    # Other people's programs write one and the same label as 1, "1", 1.0 or true.
    label = row.get("label")
    row |= {"label": int(label) if isinstance(label, bool) else label}
    values = {key: as_word(row.get(key)) for key in _KEYS}
    missing = [key for key, value in values.items() if value is None]
    if missing:
        return _Meme(where, "", "", f"line without {' and '.join(missing)}")
    file = files.lookup(values["img"])
    return _Meme(values["id"], f"{_FOLDER}/{file}" if file else values["img"], values["label"])
