"""Hateful Memes: pictures with words on them, hateful or not."""

import json
from pathlib import Path

from modgap.data.draft import Draft, images_table, prompts_table
from modgap.errors import InputError
from modgap.formats.text import read_lines

# CLIP's own prompts for this data set (Radford et al. 2021).
TEMPLATE = "a {name}."
# Label of the list → class, in the order that makes hateful the second of two.
CLASSES = {"0": "meme", "1": "hatespeech meme"}
_FACTOR = "class"
_KEYS = ("id", "img", "label")


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
        One label column, class ("0" not hateful, "1" hateful). A row of another label is reported.

    Raises
    ------
    InputError
        If the list is missing, a line is no JSON, or it lacks a key: the lists of the test splits
        have no labels.
    """
    path = folder / f"{split}.jsonl"
    rows = []
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append([str(row[key]) for key in _KEYS])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: line {number}: {error!r}; expected JSON with {', '.join(_KEYS)}"
            ) from error
    if not rows:
        raise InputError(f"{path}: no meme in it")
    ids, files, labels = zip(*rows, strict=True)
    images = images_table(ids, files, **{_FACTOR: list(labels)})
    texts = prompts_table(_FACTOR, TEMPLATE, CLASSES)
    return Draft(folder, images, texts, _FACTOR, classes={_FACTOR: list(CLASSES)})
