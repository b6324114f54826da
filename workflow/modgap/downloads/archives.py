"""Zip and tar archives that others made: only what is asked for, and nothing outside a folder."""

import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

from modgap.downloads.retry import in_one_line
from modgap.errors import InputError
from modgap.formats.files import check_room, full_disk_named
from modgap.formats.packed import most_unpacked
from modgap.runtime.progress import Progress

_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # a zip with a password
    NotImplementedError,  # a zip packed in a way that Python has not
)

Kind = Literal["file", "folder", "other"]


class Archive:
    """An open archive whose members have been looked at: each a file, a folder or something else.

    `members`: name → kind; `sizes`: name → bytes when unpacked.
    """

    def __init__(self, opened: zipfile.ZipFile | tarfile.TarFile, path: Path, name: str):
        self.opened, self.path, self.name = opened, path, name
        self.members: dict[str, Kind] = {}
        self.sizes: dict[str, int] = {}
        limit = most_unpacked(path.stat().st_size)
        total = 0
        # A tar's are read one by one: a bomb is refused before its content is unpacked to skip it.
        entries = opened.infolist() if isinstance(opened, zipfile.ZipFile) else opened
        for entry in entries:
            member, kind, size = _described(entry)
            total += size
            if total > limit:
                raise InputError(
                    f"{name}: {path.name} of {path.stat().st_size:,} bytes unpacks to more than "
                    f"{limit:,} bytes; nothing of it is unpacked. Check where it comes from"
                )
            self.members[member], self.sizes[member] = kind, size

    def read(self, member: str) -> bytes:
        """The content of one file; raises `InputError` if there is no such file."""
        if self.members.get(member) != "file":
            raise InputError(f"{self.name}: cannot read its file {member}: no such file")
        with _damage_named(self.path, self.name):
            if isinstance(self.opened, zipfile.ZipFile):
                return self.opened.read(member)
            return self.opened.extractfile(member).read()

    def extract(self, member: str, folder: Path) -> None:
        """Write one file to its place in `folder`."""
        with full_disk_named(folder / member), _damage_named(self.path, self.name):
            if isinstance(self.opened, zipfile.ZipFile):
                self.opened.extract(member, folder)
            else:
                self.opened.extract(member, folder, filter="data")


@contextmanager
def open_archive(path: Path, name: str) -> Iterator[Archive]:
    """Yield the archive; `name` says in errors what it is.

    Raises `InputError` for a damaged archive, and for one that unpacks to far more than it can
    honestly hold.
    """
    opener = zipfile.ZipFile if zipfile.is_zipfile(path) else tarfile.open
    with ExitStack() as stack:
        with _damage_named(path, name):
            archive = Archive(stack.enter_context(opener(path)), path, name)
        yield archive


@contextmanager
def _damage_named(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise InputError(
            f"{name}: {path} cannot be unpacked ({in_one_line(error)}); delete it and fetch it "
            "again"
        ) from error


def unpack(archives: Mapping[Path, Path], patterns: list[str], name: str) -> None:
    """Unpack the members whose names match one of `patterns` (as in fnmatch).

    `archives`: archive → the folder that its members go to, no place where half of the files would
    be taken for all: it is left as it is when something fails. Raises `InputError` as
    `open_archive` does, for an archive with any member that points outside (nothing of it is
    unpacked then), for a wanted one that is no plain file, for a pattern that no member of any
    archive matches, and for a full disk.
    """
    unmatched = set(patterns)
    for path, folder in archives.items():
        with open_archive(path, name) as archive:
            wanted = {}
            for member, kind in archive.members.items():
                _check_inside(member, path, name)
                matching = {pattern for pattern in patterns if fnmatchcase(member, pattern)}
                if matching and kind == "other":
                    raise InputError(f"{name}: {path.name}: {member!r} is no plain file")
                if matching and kind == "file":
                    wanted[member] = matching
            check_room(folder / path.name, sum(archive.sizes[member] for member in wanted))
            progress = Progress(len(wanted), f"files of {path.name} unpacked")
            for member, matching in wanted.items():
                archive.extract(member, folder)
                unmatched -= matching
                progress.add(1)
    if unmatched:
        names = ", ".join(path.name for path in archives)
        raise InputError(
            f"{name}: no file matches {sorted(unmatched)[0]!r} in {names}; correct the column "
            "members of datasets.tsv"
        )


def _described(entry: zipfile.ZipInfo | tarfile.TarInfo) -> tuple[str, Kind, int]:
    if isinstance(entry, tarfile.TarInfo):
        kind = "folder" if entry.isdir() else "file" if entry.isreg() else "other"
        return entry.name, kind, entry.size
    # Archives made on Unix say there what kind of file it was; others say 0.
    mode = stat.S_IFMT(entry.external_attr >> 16)
    plain = mode in (0, stat.S_IFREG)
    kind = "folder" if entry.is_dir() else "file" if plain else "other"
    return entry.filename, kind, entry.file_size


def _check_inside(member: str, path: Path, name: str) -> None:
    inside = PurePosixPath(member.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts:
        raise InputError(
            f"{name}: {path.name} has a member {member!r}, which points outside; nothing of it "
            "is unpacked. Check where the archive comes from"
        )
