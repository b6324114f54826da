"""Unpacking of zip and tar archives that others made: only what is asked for, and only inside."""

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from modgap.errors import InputError
from modgap.formats.files import whole_file
from modgap.runtime.progress import Progress

_CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)


def unpack(archives: list[Path], patterns: list[str], folder: Path, name: str) -> None:
    """Unpack the members whose names match one of `patterns` (as in fnmatch) into `folder`.

    `name` says in errors what the archives are. Raises `InputError` for a damaged archive, for a
    member that would be written outside `folder` or is no plain file, and for a pattern that no
    member of any archive matches.
    """
    unmatched = set(patterns)
    for archive in archives:
        with _opened(archive, name) as (members, read):
            wanted = {}
            for member, kind in members.items():
                matching = {pattern for pattern in patterns if fnmatchcase(member, pattern)}
                _check_inside(member, archive, name)
                if matching and kind == "other":
                    raise InputError(f"{name}: {archive.name}: {member!r} is no plain file")
                if matching and kind == "file":
                    wanted[member] = matching
            progress = Progress(len(wanted), f"files of {archive.name} unpacked")
            for member, matching in wanted.items():
                with read(member) as source, whole_file(folder / member) as partial:
                    _copy(source, partial)
                unmatched -= matching
                progress.add(1)
    if unmatched:
        names = ", ".join(archive.name for archive in archives)
        raise InputError(
            f"{name}: no file matches {sorted(unmatched)[0]!r} in {names}; correct the column "
            "members of datasets.tsv"
        )


def _check_inside(member: str, archive: Path, name: str) -> None:
    path = PurePosixPath(member.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise InputError(
            f"{name}: {archive.name} has a member {member!r}, which points outside; nothing of it "
            "is unpacked. Check where the archive comes from"
        )


def _copy(source: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)


@contextmanager
def _opened(archive: Path, name: str) -> Iterator[tuple]:
    """Members by name, each "file", "folder" or "other", and a function that opens one."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                kinds = {m.filename: "folder" if m.is_dir() else "file" for m in opened.infolist()}
                yield kinds, opened.open
        else:
            with tarfile.open(archive) as opened:
                members = opened.getmembers()
                yield {member.name: _kind(member) for member in members}, opened.extractfile
    except (*_DAMAGED, RuntimeError) as error:  # RuntimeError: a zip with a password
        raise InputError(
            f"{name}: {archive} cannot be unpacked ({error}); delete it and fetch it again"
        ) from error


def _kind(member: tarfile.TarInfo) -> str:
    if member.isdir():
        return "folder"
    return "file" if member.isreg() else "other"
