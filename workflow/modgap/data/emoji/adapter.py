"""Emoji as a data set: drawings, captions, and the classes that emoji are sorted into."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.data.draft import Draft, Note, captions_table, images_table, prompts_table
from modgap.data.emoji.drawings import DrawingError, draw
from modgap.data.emoji.matching import Icon, Matches, match
from modgap.data.emoji.packages import STYLES, read_styles
from modgap.data.emoji.splits import SPLITS, held_out_emoji, split_of
from modgap.data.emoji.texts import LONGEST, Emoji, Vocabulary, read_texts
from modgap.errors import InputError, nearest
from modgap.formats.arrays import write_array
from modgap.runtime.progress import Progress

SIZE = 32
TEMPLATE = "{name}"
_FACTOR = "subgroup"
_ACTION = "ignored"


def emoji(folder: Path, split: str, out: Path) -> Draft:
    """Drawings of emoji with one caption each; `folder` holds a folder for each package.

    Writes the drawings of the split to `out`/pixels.npy, (n, 32, 32, 3) uint8; no two splits share
    one. Captions are an emoji's name and keywords, `modgap.data.emoji.texts`; splits are explained
    in `modgap.data.emoji.splits`. The two test splits also have a prompt for each class, its name.
    Label columns: subgroup, style.

    Raises
    ------
    InputError
        For an unknown split, a package that is missing or lacks what is read of it, and a split
        without any drawing.
    """
    if split not in SPLITS:
        raise InputError(f"split {split!r} of {folder}: {nearest(split, SPLITS)}")
    vocabulary, styles = read_texts(folder), read_styles(folder)
    matches = {name: match(style, vocabulary.emoji) for name, style in styles.items()}
    held_out = held_out_emoji(each.base for each in vocabulary.emoji)
    chosen, others = [], Counter()
    for name, matched in matches.items():
        for each in vocabulary.emoji:
            if each.key in matched.icons:
                place = split_of(name, each, held_out)
                if place == split:
                    chosen.append((each, matched.icons[each.key]))
                elif place not in SPLITS:
                    others[name, place] += 1
    if not chosen:
        raise InputError(f"{folder}: no drawing of split {split!r} in the styles {list(styles)}")
    pixels, faults = _pixels([icon for _, icon in chosen])
    write_array(out / "pixels.npy", pixels)
    draft = _draft(out, chosen, faults, list(vocabulary.subgroups) if split != "train" else [])
    draft.pixels = hashlib.sha256(pixels.tobytes()).hexdigest()
    draft.notes += _notes(vocabulary, matches, others)
    return draft


def _pixels(icons: list[Icon]) -> tuple[np.ndarray, list[str | None]]:
    """(n, size, size, 3) uint8, and for each drawing why it is none."""
    pixels = np.full((len(icons), SIZE, SIZE, 3), 255, np.uint8)
    faults: list[str | None] = [None] * len(icons)
    progress = Progress(len(icons), "drawings rendered")
    for number, icon in enumerate(icons):
        try:
            pixels[number] = draw(icon, SIZE)
        except DrawingError as error:
            faults[number] = f"drawing {icon.name!r}: {error}"
        progress.add(1)
    return pixels, faults


def _draft(
    out: Path, chosen: list[tuple[Emoji, Icon]], faults: list[str | None], classes: list[str]
) -> Draft:
    ids = [f"{icon.style.name}/{each.key}" for each, icon in chosen]
    images = images_table(
        ids,
        "pixels.npy",
        range(len(ids)),
        faults,
        subgroup=[each.subgroup for each, _ in chosen],
        style=[icon.style.name for _, icon in chosen],
    )
    texts = captions_table(ids, [each.caption for each, _ in chosen], ids)
    if not classes:
        return Draft(out, images, texts)
    prompts = prompts_table(_FACTOR, TEMPLATE, {name: name.replace("-", " ") for name in classes})
    texts = pd.concat([texts, prompts], ignore_index=True)
    return Draft(out, images, texts, _FACTOR, classes={_FACTOR: classes})


def _notes(
    vocabulary: Vocabulary, matches: dict[str, Matches], others: Counter[tuple[str, str]]
) -> list[Note]:
    """What is in no split, and what was changed, counted."""
    drawn = {key for matched in matches.values() for key in matched.icons}
    cut = [each.left_out for each in vocabulary.emoji if each.left_out]
    silent = sum(each.key not in drawn for each in vocabulary.emoji)
    counts = [
        ("texts", len(cut), f"captions cut to {LONGEST} words ({sum(cut)} words)", "cut"),
        ("texts", silent, "emoji without a drawing in any style", _ACTION),
        ("texts", vocabulary.components, "entries that are parts of emoji", _ACTION),
    ]
    missing = [name for name in STYLES if name not in matches]
    counts += [
        ("texts", 1, f"style that is not in the folder: {name}", _ACTION) for name in missing
    ]
    for name, matched in matches.items():
        counts += [
            (name, matched.without_text, "drawings of no emoji of the texts", _ACTION),
            (name, matched.by_alias, "drawings found by another of their names", "one drawing"),
        ]
        counts += [
            (name, number, f"drawings in no split {reason}", _ACTION)
            for (style, reason), number in others.items()
            if style == name
        ]
    return [
        Note(item, f"{number} {what}", action) for item, number, what, action in counts if number
    ]
