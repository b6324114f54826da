"""The declared real data sets: one row in datasets.tsv and one adapter each.

An adapter is a function from the folder and the split of a row to a `Draft`; what it needs besides
(a class list, a folder for arrays) it names as a parameter. A new data set of a known layout is one
row; a new layout is one function and its name in `ADAPTERS`.
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
from modgap.data.imagenet import imagenet, imagenet_subset
from modgap.errors import InputError
from modgap.formats.manifest import Manifest, write_manifest
from modgap.study.datasets import DatasetRow

ADAPTERS: dict[str, Callable[..., Draft]] = {
    "coco": coco_captions,
    "imagenet": imagenet,
    "imagenet_subset": imagenet_subset,
    "compositions": compositions,
    "cifar10": cifar10,
    "cifar100": cifar100,
    "caption_folder": caption_folder,
}


def build_manifest(
    row: DatasetRow,
    folder: str | os.PathLike,
    out: str | os.PathLike,
    *,
    skip_bad: bool = False,
    report: str | os.PathLike | None = None,
) -> Manifest:
    """Read a data set from `folder` and write its manifest to `out`.

    A data set with problems is refused, or with `skip_bad` used without the rows that have them;
    either way they are listed in `report` (default: `out`/problems.tsv), also when this raises.
    Raises `InputError` if the folder is missing (saying how to get it) or a number of rows is not
    the known one.
    """
    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        raise InputError(
            f"data set {row.dataset}: folder {folder} not found. {row.how} ({row.source}); then "
            f"set folders.{row.folder} in the configuration"
        )
    adapter = ADAPTERS[row.adapter]
    offered = {"folder": folder, "split": row.split, "classes": row.classes, "out": out}
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
    )
    write_manifest(out, manifest)
    return manifest
