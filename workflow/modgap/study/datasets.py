"""The sheet of real data sets: config/datasets.tsv.

Snakemake reads it at every start, so nothing here needs pandas.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from modgap.errors import InputError, nearest
from modgap.study.mad_datasets import is_mad
from modgap.study.sheets import read_tsv

# The adapters, and the roles that a data set of each can have in a study.
ADAPTER_ROLES = {
    "coco": ("retrieval",),
    "imagenet": ("classification", "class_sets"),
    "imagenet_subset": ("classification", "class_sets"),
    "compositions": ("attributes",),
    "cifar10": ("classification", "class_sets"),
    "cifar100": ("classification", "class_sets"),
    "caption_folder": ("retrieval",),
    "picture_table": ("retrieval",),
    "picture_shards": ("retrieval",),
    "fairface": ("classification",),
    "eurosat": ("classification",),
    "svhn": ("classification",),
    "hateful_memes": ("classification",),
    "emoji": ("retrieval", "classification"),
    "mad": ("retrieval", "classification", "attributes"),
}
ADAPTER_NAMES = tuple(ADAPTER_ROLES)
# Those that draw, as their parameter `seed` says: others make the same for any seed.
DRAWING_ADAPTERS = ("mad",)
_MADE = "data made here"
# What a configuration takes for no row of the sheet.
_TAKEN = {"own": "each model's own data set", "mad": _MADE}
# npm:NAME@VERSION
_PACKAGE = re.compile(r"npm:((?:@\w[\w.-]*/)?\w[\w.-]*)@\w[\w.-]*")


@dataclass(frozen=True)
class DatasetRow:
    """A row of datasets.tsv.

    `folder`: key of the configuration's folders; `classes`: file in that folder with the class
    list; `images`, `texts`: known numbers of rows, None if there is none; `download`: "yes" if the
    licence lets anybody fetch it from `source`, else "no"; `how`: what to do to get it.
    Of a data set with download=yes, `source` is the addresses of its archives (web addresses, or
    packages as npm:NAME@VERSION), `md5` their sums in the same order, and `members` patterns of the
    archives' files that the adapter needs.
    `title`: what readers call it; `roles`: what it may be in a study, separated by spaces. A sheet
    that leaves these two empty means the name, and every role that the adapter can make.
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
    md5: str
    members: str
    how: str
    title: str = ""
    roles: str = ""


_MADE_HERE = DatasetRow(
    **{f.name: "" for f in fields(DatasetRow)} | {"images": None, "texts": None}
)


def read_datasets(path: str | os.PathLike) -> dict[str, DatasetRow]:
    """The declared data sets by name; `InputError` names the file and line of what is unsound."""
    rows: dict[str, DatasetRow] = {}
    for line, cells in read_tsv(path, tuple(field.name for field in fields(DatasetRow))):
        name, where = cells["dataset"], f"{path}: line {line}"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise InputError(
                f"{where}: data set {name!r}: the name becomes a folder name: letters, digits "
                "and . _ - only"
            )
        if name in _TAKEN or is_mad(name):
            raise InputError(
                f"{where}: data set {name!r}: in a configuration this name means "
                f"{_TAKEN.get(name, _MADE)}, never the row; choose another"
            )
        if name in rows:
            raise InputError(f"{where}: data set {name!r} is declared twice")
        if cells["adapter"] not in ADAPTER_NAMES:
            known = nearest(cells["adapter"], ADAPTER_NAMES)
            raise InputError(f"{where}: unknown adapter {cells['adapter']!r}; {known}")
        if not cells["split"]:
            raise InputError(f"{where}: split is empty; expected its name, or all for all there is")
        counts = {key: _count(cells[key], f"{where}: {key}") for key in ("images", "texts")}
        readers = {"title": cells["title"] or name, "roles": _roles(cells, where)}
        rows[name] = DatasetRow(**{**cells, **counts, **readers})
        _check_download(rows[name], where)
    return rows


def row_of(cells: Mapping[str, Any], sheet: str | os.PathLike) -> DatasetRow:
    """The row that a job is about: its deciding `cells`, and from the sheet what messages say.

    A data set that is made here, and has no row, has empty cells there.
    """
    row = read_datasets(sheet).get(cells["dataset"]) or _MADE_HERE
    return replace(row, **cells)


def check_folder(row: DatasetRow, folder: str | os.PathLike) -> None:
    """Raise `InputError` saying how to get a data set whose folder is not there."""
    if not Path(folder).is_dir():
        raise InputError(
            f"data set {row.dataset}: folder {folder} not found. {row.how} ({row.source}); then "
            f"set folders.{row.folder} in the configuration"
        )


def is_package(address: str) -> bool:
    """Whether the address of an archive is a package: npm:NAME@VERSION."""
    return _PACKAGE.fullmatch(address) is not None


def package_name(address: str) -> str:
    """Name of the package that an address is of, "" for a web address.

    >>> package_name("npm:@drawings/old@1.2.5"), package_name("https://a/b.zip")
    ('@drawings/old', '')
    """
    match = _PACKAGE.fullmatch(address)
    return match[1] if match else ""


def _count(cell: str, where: str) -> int | None:
    if not re.fullmatch("[0-9]*", cell):
        raise InputError(f"{where} {cell!r}: expected a whole number, or nothing")
    return int(cell) if cell else None


def _roles(cells: dict[str, str], where: str) -> str:
    possible = ADAPTER_ROLES[cells["adapter"]]
    roles = cells["roles"].split()
    for role in roles:
        if role not in possible:
            raise InputError(
                f"{where}: role {role!r}: adapter {cells['adapter']!r} makes a data set for "
                f"{' or '.join(possible)}"
            )
        if roles.count(role) > 1:
            raise InputError(f"{where}: role {role!r} is named twice")
    return " ".join(roles or possible)


def _check_download(row: DatasetRow, where: str) -> None:
    if row.download not in ("yes", "no"):
        raise InputError(f"{where}: download {row.download!r}: expected yes or no")
    if row.download == "no":
        if row.md5 or row.members:
            raise InputError(f"{where}: md5 and members are for download=yes; leave them empty")
        return
    sums = row.md5.split()
    for address in row.source.split():
        if not (re.match(r"https?://[^/]+/.*[^/]$", address) or is_package(address)):
            raise InputError(
                f"{where}: source {address!r}: expected the web address of an archive, or a "
                "package as npm:NAME@VERSION"
            )
    if len(sums) != len(row.source.split()) or not row.members:
        raise InputError(
            f"{where}: download=yes needs an md5 for each address of source, in the same order, "
            "and in members the files to take"
        )
    for md5 in sums:
        if not re.fullmatch("[0-9a-f]{32}", md5):
            raise InputError(f"{where}: md5 {md5!r} is not 32 lower-case hexadecimal digits")
