"""What the user gave: the files of a data set whose change must bring a new manifest.

Snakemake asks at every start, so nothing here needs more than the standard library. Lists and
arrays are named one by one, as inputs of the job that makes the manifest; the images of a folder,
which may be many, have a fingerprint, as a parameter of that job.

A manifest says what its images look like (`Manifest.pixels`), so that one that was edited, or
repaired after `skip_bad` left it out, makes other files of the manifest, and what is made from
these is made again: the decoded pixels and the embeddings.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modgap.data.caption_lists import BESIDE, lists_in
from modgap.data.caption_tables import IMAGES_OF_SPLIT
from modgap.data.emoji.packages import FILES as EMOJI_FILES
from modgap.data.folders import fingerprint
from modgap.data.split_files import SHARDS, TABLES, split_files
from modgap.mad.mnist_files import IDX_FILES, idx_file
from modgap.study.datasets import DatasetRow

_PAIR_LISTS = tuple(
    f"compositional-split-natural/{part}_pairs.txt" for part in ("train", "val", "test")
)
# Adapter → what it reads besides images; {split} and {classes} are those of the row.
_LISTS = {
    "coco": ("annotations/captions_{split}.json", "captions_{split}.json"),
    "imagenet": ("{classes}",),
    "imagenet_subset": ("{classes}",),
    "compositions": ("metadata_compositional-split-natural.t7", *_PAIR_LISTS),
    "cifar10": (
        *(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)),
        *("cifar-10-batches-py/test_batch", "cifar-10-batches-py/batches.meta"),
        *(f"data_batch_{number}.png" for number in range(1, 6)),
        *("test_batch.png", "{split}_lables.json"),
    ),
    "cifar100": ("cifar-100-python/{split}", "cifar-100-python/meta"),
    "caption_folder": (IMAGES_OF_SPLIT,),
    "picture_table": (),
    "picture_shards": (),
    "fairface": ("fairface_label_{split}.csv",),
    "svhn": ("{split}_32x32.mat",),
    "hateful_memes": ("{split}.jsonl",),
    "eurosat": (),
    "emoji": EMOJI_FILES,
    "mad": ("pixels.npy", "labels.npy"),
}
# Adapter → the folders that its images may lie in, of which the first that there is counts.
_IMAGES = {
    "coco": ("{split}", "images/{split}"),
    "imagenet": ("{split}",),
    "imagenet_subset": ("{split}",),
    "compositions": ("images",),
    "caption_folder": ("{split}", "images", "."),
    "fairface": ("{split}",),
    "eurosat": ("2750", "."),
    "hateful_memes": ("img",),
}
# Adapter → the files that its images are packed in.
_PACKED = {"picture_table": TABLES, "picture_shards": SHARDS}
# Made by the study itself: inputs of the manifest also before there are any.
_MADE = ("mad",)


@dataclass(frozen=True)
class Watched:
    """Files, each an input of the manifest's job, and what stands for the images of a folder.

    `images` holds neither a path nor a time: it is the same wherever the folder lies.
    """

    files: tuple[str, ...] = ()
    images: str = ""


def watched(row: DatasetRow, folder: str | os.PathLike) -> Watched:
    """Return what to watch of a data set in a folder that the user configured.

    Parameters
    ----------
    row
        Its row of datasets.tsv; adapter, split and classes count.
    folder
        Where it lies. One that is not there has nothing to watch.

    Notes
    -----
    Only files that are there are named: of one that is missing the adapter says how to get it. For
    what the workflow downloads itself the record of the download is watched instead: its files are
    not there yet when Snakemake first asks.
    """
    place = Path(folder)
    words = {"split": row.split, "classes": row.classes}
    lists = [pattern.format(**words) for pattern in _LISTS[row.adapter]]
    files = [place / name for name in lists if name]
    beside: tuple[str, ...] = ()
    if row.adapter == "caption_folder":
        listed = lists_in(place, row.split)
        files += [place / name for name in listed]
        beside = () if listed else BESIDE
    if row.adapter in _PACKED:
        files += split_files(place, row.split, _PACKED[row.adapter])
    if row.adapter not in _MADE:
        files = [path for path in files if path.is_file()]
    folders = [place / pattern.format(**words) for pattern in _IMAGES.get(row.adapter, ())]
    images = next((path for path in folders if path.is_dir()), None)
    return Watched(tuple(map(str, files)), fingerprint(images, beside) if images else "")


def watched_data(row: DatasetRow | None, folders: Mapping[str, str]) -> Watched:
    """What to watch of a data set: nothing of one that is made here or downloaded.

    `row` is its row of the sheet, None for one that is made here; `folders` those of the
    configuration.
    """
    folder = row and folders.get(row.folder)
    return watched(row, folder) if folder else Watched()


def watched_mnist(folder: str | os.PathLike) -> tuple[str, ...]:
    """Return the files of MNIST that are read from a configured folder."""
    files = (idx_file(folder, name) for name in IDX_FILES.values())
    return tuple(str(path) for path in files if path)
