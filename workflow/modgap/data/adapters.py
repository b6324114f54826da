"""The declared real data sets: one row in datasets.tsv and one adapter each.

An adapter is a function from the folder and the split of a row to a `Draft`; what it needs besides
(a class list, a folder for arrays) it names as a parameter. A new data set of a known layout is one
row; a new layout is one function and its name in `ADAPTERS`.
"""

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from modgap.data.audit import audit, check_counts
from modgap.data.caption_folder import caption_folder
from modgap.data.cifar import cifar10, cifar100
from modgap.data.coco import coco_captions
from modgap.data.compositions import compositions
from modgap.data.draft import Draft
from modgap.data.imagenet import imagenet, imagenet_subset
from modgap.errors import InputError, nearest
from modgap.manifest import Manifest, write_manifest
from modgap.tsv import read_tsv

ADAPTERS: dict[str, Callable[..., Draft]] = {
    "coco": coco_captions,
    "imagenet": imagenet,
    "imagenet_subset": imagenet_subset,
    "compositions": compositions,
    "cifar10": cifar10,
    "cifar100": cifar100,
    "caption_folder": caption_folder,
}


@dataclass(frozen=True)
class DatasetRow:
    """A row of datasets.tsv.

    `folder`: key of the configuration's folders; `classes`: file in that folder with the class
    list; `images`, `texts`: known numbers of rows, None if there is none; `download`: "yes" if the
    licence lets anybody fetch it from `source`, else "no"; `how`: what to do to get it.
    """

    dataset: str
    adapter: str
    folder: str
    split: str
    classes: str
    images: int | None
    texts: int | None
    download: str
    licence: str
    source: str
    how: str


def read_datasets(path: str | os.PathLike) -> dict[str, DatasetRow]:
    """The declared data sets by name; `InputError` names the file and line of what is unsound."""
    rows: dict[str, DatasetRow] = {}
    for line, cells in read_tsv(path, tuple(field.name for field in fields(DatasetRow))):
        name, where = cells["dataset"], f"{path}: line {line}"
        if name in rows:
            raise InputError(f"{where}: data set {name!r} is declared twice")
        if cells["adapter"] not in ADAPTERS:
            known = nearest(cells["adapter"], list(ADAPTERS))
            raise InputError(f"{where}: unknown adapter {cells['adapter']!r}; {known}")
        if cells["download"] not in ("yes", "no"):
            raise InputError(f"{where}: download {cells['download']!r}: expected yes or no")
        counts = {key: _count(cells[key], f"{where}: {key}") for key in ("images", "texts")}
        rows[name] = DatasetRow(**{**cells, **counts})
    return rows


def build_manifest(
    row: DatasetRow,
    folder: str | os.PathLike,
    out: str | os.PathLike,
    *,
    on_bad: str = "error",
    report: str | os.PathLike | None = None,
) -> Manifest:
    """Read a data set from `folder` and write its manifest to `out`.

    `on_bad`: "error" refuses a data set with problems, "skip" leaves them out; either way they are
    listed in `report` (default: `out`/problems.tsv), also when this raises. Raises `InputError` if
    the folder is missing (saying how to get it) or a number of rows is not the known one.
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
    check_counts(draft, row.images, row.texts, row.dataset)
    clean = audit(draft, on_bad, report or out / "problems.tsv", row.dataset)
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


def _count(cell: str, where: str) -> int | None:
    if cell and not cell.isdigit():
        raise InputError(f"{where} {cell!r}: expected a whole number, or nothing")
    return int(cell) if cell else None
