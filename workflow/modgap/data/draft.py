"""A data set as an adapter found it: a manifest that has not been audited yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

# Other files beside the images are none of a data set (Thumbs.db, .DS_Store, readme.txt).
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
_TEXT_COLUMNS = ("text_id", "text", "kind", "image_id", "factor", "label", "object")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a data set: the file or id, and what is wrong with it."""

    item: str
    problem: str


@dataclass
class Draft:
    """What an adapter returns; `images` and `texts` have the columns of a `Manifest`.

    `root`: folder that image paths are relative to. `classes`: factor → the labels that its images
    may have. `problems`: what the adapter itself saw and left out of the tables. `ignored`: files
    among the images that are no part of a data set, which is no fault of it.
    """

    root: Path
    images: pd.DataFrame
    texts: pd.DataFrame
    object_factor: str = ""
    attribute_factors: tuple[str, ...] = ()
    classes: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def images_table(
    ids: Iterable[str], paths: Iterable[str] | str, rows: Iterable[int] | int = -1, **labels: list
) -> pd.DataFrame:
    """The images of a manifest; `labels`: factor → one label per image."""
    images = pd.DataFrame({"image_id": pd.Series(list(ids), dtype="string")})
    images["path"] = paths if isinstance(paths, str) else list(paths)
    images["row"] = rows if isinstance(rows, int) else list(rows)
    for factor, values in labels.items():
        images[factor] = pd.Series(list(values), dtype="string", index=images.index)
    return images.astype({"path": "string", "row": "int64"})


def captions_table(ids: Iterable[str], texts: Iterable[str], images: Iterable[str]) -> pd.DataFrame:
    """Captions: id, text and the image_id each belongs to."""
    return _texts({"text_id": list(ids), "text": list(texts), "image_id": list(images)}, "caption")


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
    pairs = [(attribute, thing) for attribute in attributes for thing in objects]
    columns = {
        "text_id": [f"pair:{attribute}:{thing}" for attribute, thing in pairs],
        "text": [
            template.format(attribute=attributes[attribute], object=objects[thing])
            for attribute, thing in pairs
        ],
        "factor": factor,
        "label": [attribute for attribute, _ in pairs],
        "object": [thing for _, thing in pairs],
    }
    return _texts(columns, "pair")


def _texts(columns: dict, kind: str) -> pd.DataFrame:
    frame = pd.DataFrame({**columns, "kind": kind})
    return frame.reindex(columns=_TEXT_COLUMNS).astype("string")
