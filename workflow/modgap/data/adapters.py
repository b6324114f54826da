"""Data sets as manifests: one row, as in datasets.tsv, and one adapter each.

An adapter is a function that returns a `Draft`. It names as parameters what it needs of: `folder`,
`split`, `classes` (a file with a class list), `out` (a folder for arrays), `dataset` (the row's
name) and `seed`. A new data set of a known layout is one row; a new layout is one function, its
name in `ADAPTERS` and in `modgap.study.datasets.ADAPTER_ROLES`, and in `modgap.data.watch` the
files that it reads.
"""

import inspect
import os
from collections.abc import Callable
from pathlib import Path

from modgap.data.audit import audit
from modgap.data.caption_folder import caption_folder
from modgap.data.cifar import cifar10, cifar100
from modgap.data.coco import coco_captions
from modgap.data.compositions import compositions
from modgap.data.draft import Draft
from modgap.data.emoji.adapter import emoji
from modgap.data.eurosat import eurosat
from modgap.data.fairface import fairface
from modgap.data.hateful_memes import hateful_memes
from modgap.data.imagenet import imagenet, imagenet_subset
from modgap.data.mad import mad
from modgap.data.picture_shards import picture_shards
from modgap.data.picture_table import picture_table
from modgap.data.svhn import svhn
from modgap.formats.manifest import Manifest, write_manifest
from modgap.study.datasets import DatasetRow, check_folder

ADAPTERS: dict[str, Callable[..., Draft]] = {
    "coco": coco_captions,
    "imagenet": imagenet,
    "imagenet_subset": imagenet_subset,
    "compositions": compositions,
    "cifar10": cifar10,
    "cifar100": cifar100,
    "caption_folder": caption_folder,
    "picture_table": picture_table,
    "picture_shards": picture_shards,
    "fairface": fairface,
    "eurosat": eurosat,
    "svhn": svhn,
    "hateful_memes": hateful_memes,
    "emoji": emoji,
    "mad": mad,
}


def build_manifest(
    row: DatasetRow,
    folder: str | os.PathLike,
    out: str | os.PathLike,
    *,
    skip_bad: bool = False,
    report: str | os.PathLike | None = None,
    seed: int = 0,
) -> Manifest:
    """Read a data set from `folder` and write its manifest to `out`.

    Parameters
    ----------
    row
        A row of datasets.tsv, or one like it.
    folder
        Where the data set lies.
    out
        Folder of the manifest, and of arrays that an adapter writes.
    skip_bad
        Use a data set with problems without the rows that have them, instead of refusing it.
    report
        Where its problems are listed, also when this raises; `out`/problems.tsv if not given.
    seed
        Decides what an adapter draws.

    Raises
    ------
    InputError
        If the folder is missing (saying how to get it), if there are problems, or if a number of
        rows is not the known one.
    """
    folder, out = Path(folder), Path(out)
    check_folder(row, folder)
    adapter = ADAPTERS[row.adapter]
    offered = {
        "folder": folder,
        "split": row.split,
        "classes": row.classes,
        "out": out,
        "dataset": row.dataset,
        "seed": seed,
    }
    wanted = inspect.signature(adapter).parameters
    draft = adapter(**{name: value for name, value in offered.items() if name in wanted})
    clean = audit(
        draft,
        report or out / "problems.tsv",
        row.dataset,
        skip_bad=skip_bad,
        images=row.images,
        texts=row.texts,
    )
    manifest = Manifest(
        row.dataset,
        row.split,
        str(clean.root),
        clean.images,
        clean.texts,
        clean.object_factor,
        clean.attribute_factors,
        clean.pixels,
    )
    write_manifest(out, manifest)
    return manifest
