"""A data set as an adapter read it: a manifest that has not been audited yet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from modgap.data.folders import Listing, inside, printable

# What is wrong with a row, null where nothing is: a column that the audit takes out again.
FAULT = "fault"
# Of a value that is shown.
_LONGEST = 80
# Records, lists of them, sets and arrays as programs print them.
_RECORD = r"""\{\s*("[^"]*"|'[^']*')\s*(?=[:,}]).*\}"""
_PRINTED = re.compile(rf"\s*(\[\s*{_RECORD}\s*\]|{_RECORD}|array\(\[.*\))\s*", re.DOTALL)
_TEXT_COLUMNS = ("text_id", "text", "kind", "image_id", "factor", "label", "object")


@dataclass(frozen=True)
class Problem:
    """One fault of a data set: the file or id that has it, and what is wrong with it."""

    item: str
    problem: str


@dataclass(frozen=True)
class Note:
    """What is no fault, but was not used as it stands: item, what it is, and what was done."""

    item: str
    remark: str
    action: str


@dataclass
class Draft:
    """What an adapter returns; `images` and `texts` have the columns of a `Manifest`.

    Rows that cannot be used are in the tables too, since they count among those that a source is
    known to list; what is wrong with them stands in the column `FAULT`.
    `root`: folder that image paths are relative to. `classes`: factor → the labels that its images
    may have. `problems`: faults that are no row's. `notes`: see `Note`. `pixels`: SHA-256 of the
    array that images are rows of, if the adapter wrote it; the audit adds that of image files.
    """

    root: Path
    images: pd.DataFrame
    texts: pd.DataFrame
    object_factor: str = ""
    attribute_factors: tuple[str, ...] = ()
    classes: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    pixels: str = ""

    def add_listing(self, listing: Listing, place: str) -> None:
        """Report what else a folder of images holds; `place`: relative to `root`, "" for itself."""
        # A list may name a file that is hidden, or not named like an image: then it is one.
        used = set(self.images["path"])
        self.notes += [
            Note(inside(place, name), what, "ignored")
            for name, what in listing.others
            if inside(place, name) not in used
        ]
        self.problems += [Problem(inside(place, name), fault) for name, fault in listing.faults]


def images_table(
    ids: Iterable[str],
    paths: Iterable[str] | str,
    rows: Iterable[int] | int = -1,
    faults: Iterable[str | None] | None = None,
    **labels: list,
) -> pd.DataFrame:
    """The images of a manifest; `labels`: factor → one label per image."""
    images = pd.DataFrame({"image_id": pd.Series(list(ids), dtype="string")})
    images["path"] = paths if isinstance(paths, str) else list(paths)
    images["row"] = rows if isinstance(rows, int) else list(rows)
    if faults is not None:
        images[FAULT] = pd.Series(list(faults), dtype="string", index=images.index)
    for factor, values in labels.items():
        images[factor] = pd.Series(list(values), dtype="string", index=images.index)
    return images.astype({"path": "string", "row": "int64"})


def captions_table(
    ids: Iterable[str],
    texts: Iterable[str],
    images: Iterable[str | None],
    faults: Iterable[str | None] | None = None,
) -> pd.DataFrame:
    """Captions: id, text and the image_id each belongs to."""
    table = _texts({"text_id": list(ids), "text": list(texts), "image_id": list(images)}, "caption")
    if faults is not None:
        table[FAULT] = pd.Series(list(faults), dtype="string", index=table.index)
    return table


def text_fault(value: object) -> str | None:
    """Why a value is no caption or prompt, None if it is one.

    >>> text_fault("a dog"), text_fault(" \\t"), text_fault(7)
    (None, 'caption is empty', 'caption is 7, expected words')
    >>> text_fault("[{'text': 'a dog'}]")
    "caption is [{'text': 'a dog'}], expected words"
    """
    if value is None:
        return "caption is null"
    if not isinstance(value, str) or _PRINTED.fullmatch(value):
        shown = printable(value if isinstance(value, str) else repr(value))
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
        return f"caption is {shown}, expected words"
    # A zero-width space and its like are no words either, and no blanks to str.strip.
    if not any(letter.isprintable() and not letter.isspace() for letter in value):
        return "caption is empty"
    if printable(value) != value:
        return f"caption holds half a character: {printable(value)}"
    return None


def prompts_table(factor: str, template: str, names: dict[str, str]) -> pd.DataFrame:
    """One zero-shot prompt per class; `names`: label → its name, for {name} in `template`."""
    columns = {
        "text_id": [f"{factor}:{label}" for label in names],
        "text": [template.format(name=name) for name in names.values()],
        "factor": factor,
        "label": list(names),
    }
    return _texts(columns, "class")


def pairs_table(
    factor: str, template: str, attributes: dict[str, str], objects: dict[str, str]
) -> pd.DataFrame:
    """A prompt for every attribute with every object; both label → name as in `prompts_table`.

    `template` has {attribute} and {object}.
    """
    pairs = [(attribute, label) for attribute in attributes for label in objects]
    columns = {
        "text_id": [f"pair:{attribute}:{label}" for attribute, label in pairs],
        "text": [
            template.format(attribute=attributes[attribute], object=objects[label])
            for attribute, label in pairs
        ],
        "factor": factor,
        "label": [attribute for attribute, _ in pairs],
        "object": [label for _, label in pairs],
    }
    return _texts(columns, "pair")


def _texts(columns: dict, kind: str) -> pd.DataFrame:
    frame = pd.DataFrame({**columns, "kind": kind})
    return frame.reindex(columns=_TEXT_COLUMNS).astype("string")
