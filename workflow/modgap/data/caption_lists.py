"""Lists of captions in the layouts that other tools and publishers write, for `caption_folder`.

Snakemake asks at every start which lists there may be, so nothing here needs more than the standard
library.
"""

import posixpath
from dataclasses import dataclass
from pathlib import Path

from modgap.data.caption_records import captions_of_json, captions_of_parquet
from modgap.data.caption_rows import Caption
from modgap.data.caption_tables import captions_of_table
from modgap.data.folders import list_images
from modgap.errors import InputError

# One's own table goes before the lists of others.
TABLE = "captions.tsv"
# A split's own list, in the folder of its images, goes before one for the whole folder.
OF_ONE_SPLIT = ("{split}/metadata.jsonl", "{split}/metadata.csv", "{split}/metadata.parquet")
OF_ALL = (
    *("metadata.jsonl", "metadata.csv", "metadata.parquet"),
    *("captions.txt", "captions.csv", "results.csv", "flickr_annotations_30k.csv"),
    *("Flickr8k.token.txt", "results_20130124.token"),
    *("dataset_coco.json", "dataset_flickr8k.json", "dataset_flickr30k.json"),
)
# Less telling names, where there is none of these.
BY_SPLIT = ("{split}.jsonl", "{split}.json", "{split}.csv", "{split}.tsv")
BY_KIND = ("captions.jsonl", "captions.json", "annotations.json", "dataset.json")
# What lies beside an image of the same name if each has its caption in a file of its own: the
# caption, and what a downloader says of the image.
BESIDE = (".txt", ".json")
_READERS = {
    ".json": captions_of_json,
    ".jsonl": captions_of_json,
    ".parquet": captions_of_parquet,
}


@dataclass(frozen=True)
class CaptionList:
    """The captions of a list of a folder.

    `place`: the folder of the images, relative to that of the data set, "" for this itself;
    `files`: what was read, relative to `place`; `notes`: (file, what it is, what was done).
    """

    name: str
    captions: list[Caption]
    place: str
    files: frozenset[str] = frozenset()
    notes: tuple[tuple[str, str, str], ...] = ()


def lists_in(folder: Path, split: str) -> list[str]:
    """The lists of captions that a folder has for a split, by name; more than one is unsound."""
    own, by_split = (
        [name.format(split=split) for name in names] for names in (OF_ONE_SPLIT, BY_SPLIT)
    )
    for names in ((TABLE,), own, OF_ALL, by_split, BY_KIND):
        if there := [name for name in names if (folder / name).is_file()]:
            return there
    return []


def read_captions(folder: Path, split: str) -> CaptionList | None:
    """The captions of a folder that has another list than captions.tsv, None if it has none.

    A list without splits is the split "all"; where its names begin with a folder, these images are
    the split of this name too.

    Raises
    ------
    InputError
        If there are two lists, or one is not of the layout that its name stands for.
    """
    there = lists_in(folder, split)
    if len(there) > 1:
        raise InputError(
            f"{folder}: holds {len(there)} lists of captions, {' and '.join(there)}; leave the one "
            "that is meant"
        )
    if not there:
        return None
    path = folder / there[0]
    read = _READERS.get(path.suffix, captions_of_table)
    captions = read(path, split, own=there[0] not in (*OF_ALL, *BY_KIND))
    return CaptionList(there[0], captions, _place(folder, split), frozenset((*there, path.name)))


def _place(folder: Path, split: str) -> str:
    """The folder of the images: the split's, `images`, or else the innermost that holds all."""
    for name in (split, "images"):
        if (folder / name).is_dir():
            return name
    parents = [posixpath.dirname(name) for name in list_images(folder).images]
    return posixpath.commonpath(parents) if parents and all(parents) else ""
