"""Download of the data sets whose licence lets anybody fetch them.

An archive comes in pieces into a part file, goes on where a cut left it, and must have the sum
that datasets.tsv declares before anything in it is read.
"""

import errno
import hashlib
import http.client
import json
import logging
import os
import re
import shutil
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from modgap.downloads.archives import unpack
from modgap.errors import InputError
from modgap.formats.files import write_text
from modgap.runtime.progress import Progress
from modgap.study.datasets import DatasetRow

_log = logging.getLogger(__name__)
# Tries in a row that bring nothing; one that brings something starts the count anew.
_ATTEMPTS = 4
_WAIT_SECONDS = 2.0
_READ_SECONDS = 60.0
_CHUNK = 1 << 20


def fetch_dataset(row: DatasetRow, folder: str | os.PathLike) -> dict:
    """Download a data set into `folder`, laid out as its adapter reads it.

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
    archives, facts, files = [], {"dataset": row.dataset, "archives": []}, {}
    for address, md5 in zip(row.source.split(), row.md5.split(), strict=True):
        archives.append(_download(address, md5, parts))
        size = archives[-1].stat().st_size
        facts["archives"].append({"address": address, "bytes": size, "md5": md5})
    unpack(archives, row.members.split(), staged, f"data set {row.dataset}")
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
        found = [(archive["address"], archive["md5"]) for archive in facts["archives"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    wanted = list(zip(row.source.split(), row.md5.split(), strict=True))
    there = all(
        (folder / name).is_file() and _size(folder / name) == size for name, size in files.items()
    )
    return facts if found == wanted and members == row.members.split() and there else None


def _md5(path: Path) -> str:
    with path.open("rb") as handle:
        # The sum that the publishers and their users give; it finds damage, not an attacker.
        return hashlib.file_digest(handle, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _download(address: str, md5: str, folder: Path) -> Path:
    """Fetch one archive into `folder`, going on with what an earlier try left there."""
    target = folder / Path(urlsplit(address).path).name
    if target.is_file() and _md5(target) == md5:
        return target
    # The sum is in the name: the rest of another version must not be appended.
    partial = target.with_name(f"{target.name}.{md5[:8]}.part")
    resumed = partial.is_file()
    _receive_all(address, partial)
    found = _md5(partial)
    if found != md5 and resumed:
        _log.warning("%s: MD5 is %s with an earlier part; fetching it anew", address, found)
        partial.unlink()
        _receive_all(address, partial)
        found = _md5(partial)
    if found != md5:
        partial.unlink()
        raise InputError(
            f"{address}: MD5 is {found}, datasets.tsv says {md5}. It was damaged on its way, or "
            "there is another file now: run again, or check the address and correct the cell md5"
        )
    partial.replace(target)
    return target


def _receive_all(address: str, partial: Path) -> None:
    """Go on until the part is the whole file."""
    failed = 0
    while True:
        before = _size(partial)
        try:
            _receive(address, partial)
            return
        except (OSError, http.client.HTTPException) as error:
            failed = 1 if _size(partial) > before else failed + 1
            if failed == _ATTEMPTS or not _may_pass(error):
                raise InputError(_message(error, address, partial)) from error
            wait = _WAIT_SECONDS * 2 ** (failed - 1)
            _log.warning("%s: %s; trying again in %.0f s", address, error, wait)
            time.sleep(wait)


def _receive(address: str, partial: Path) -> None:
    """Ask for what is missing of the part; raises if less comes than was announced."""
    here = _size(partial)
    request = urllib.request.Request(address)
    if here:
        _log.info("%s: going on at %d bytes", address, here)
        request.add_header("Range", f"bytes={here}-")
    try:
        response = urllib.request.urlopen(request, timeout=_READ_SECONDS)
    except HTTPError as error:
        if error.code == 416 and error.headers.get("Content-Range") == f"bytes */{here}":
            return  # the part is whole
        if error.code == 416:
            partial.unlink()
        raise
    with response, partial.open("ab") as file:
        start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or "")
        if not (response.status == 206 and start and int(start[1]) == here):
            file.truncate(0)  # a server that sends the whole file whatever it is asked for
        expected = response.length
        progress = Progress(expected or 0, f"bytes of {Path(urlsplit(address).path).name}")
        got = 0
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            got += len(chunk)
            if expected:
                progress.add(len(chunk))
    if expected is not None and got != expected:
        raise ConnectionError(f"the connection was cut after {got} of {expected} bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _may_pass(error: Exception) -> bool:
    if isinstance(error, HTTPError):
        return error.code in (408, 416, 429) or error.code >= 500
    return getattr(error, "errno", None) not in (errno.ENOSPC, errno.EDQUOT)


def _message(error: Exception, address: str, partial: Path) -> str:
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        free = shutil.disk_usage(partial.parent).free / 2**20
        return (
            f"{address}: the disk with {partial.parent} is full ({free:,.0f} MiB free); make room "
            "and run again, what has arrived stays"
        )
    if isinstance(error, HTTPError) and not _may_pass(error):
        return (
            f"{address}: the server answers {error.code} {error.reason}. Check the address in the "
            "column source of datasets.tsv, or get the data set yourself and set its folder in the "
            "configuration"
        )
    return (
        f"{address}: no download in {_ATTEMPTS} tries ({error}). Check the network; the next run "
        f"goes on at {_size(partial)} bytes"
    )
