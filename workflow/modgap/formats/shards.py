"""Samples of a shard: tar files in which neighbours of one key belong together (webdataset)."""

import os
import posixpath
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from modgap.formats.pointers import POINTER_FAULT, is_pointer

Made = TypeVar("Made")
Files = Mapping[str, tarfile.TarInfo]

# Suffixes of images and of their captions, as img2dataset calls them.
IMAGES = ("jpg", "jpeg", "png", "webp")
CAPTION = "txt"
# Shards that are packed, which nobody can look into without reading all of them.
PACKED = ("*.tar.gz", "*.tgz", "*.tar.xz", "*.tar.bz2", "*.tar.zst")
_PACKERS = {b"\x1f\x8b": "gzip", b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}
# Bytes that are in memory at a time.
_AT_ONCE = 2**20


def read_samples(
    path: str | os.PathLike,
    read: Callable[[tarfile.TarFile, str, Files], Made],
    faults: list[str],
    hidden: list[str] | None = None,
) -> Iterator[Made]:
    """What `read` makes of each sample of a shard: of the open shard, a key and its files.

    Why the shard cannot be read to its end, if so, or holds links, which are of no sample, and what
    to do, is added to `faults`, after the samples before. `hidden`: see `samples`.
    """
    what = "shard cannot be read to its end"
    try:
        with tarfile.open(path, "r:") as archive:
            for key, files in samples(archive, hidden):
                yield read(archive, key, files)
            if links := [entry.name for entry in archive if entry.issym() or entry.islnk()]:
                faults.append(
                    f"{len(links)} links in the place of files, such as {links[0]}; pack the files "
                    "themselves: tar --dereference --hard-dereference"
                )
            if fault := _fault_at_end(archive):
                faults.append(f"{what}: {fault}")
    except tarfile.TarError as error:
        faults.append(f"{what}: {_not_a_tar(path) or f'{error}; fetch it again'}")
    except OSError as error:
        faults.append(f"{what}: {error}")


def samples(
    archive: tarfile.TarFile, hidden: list[str] | None = None
) -> Iterator[tuple[str, Files]]:
    """Each key of a shard with its files by suffix, in lower case.

    A key ends at the first dot of a file's name; nothing is read but headers. A second file of one
    key and suffix begins another sample of this key, as open_clip has it. webdataset takes a hidden
    file (macOS leaves ._1.jpg before 1.jpg) for one of a key of its own; with `hidden` it is added
    to this instead.
    """
    from webdataset.tariterators import base_plus_ext  # brings torch

    current, files = None, {}
    for entry in archive:
        if hidden is not None and posixpath.basename(entry.name).startswith("."):
            hidden.append(entry.name)
            continue
        key, suffix = base_plus_ext(entry.name)
        if key is None or not entry.isreg():
            continue
        suffix = suffix.lower()
        if key != current or suffix in files:
            if current is not None:
                yield current, files
            current, files = key, {}
        files[suffix] = entry
    if current is not None:
        yield current, files


def _fault_at_end(archive: tarfile.TarFile) -> str:
    """What is wrong where reading stopped; tarfile takes a damaged header for the end too."""
    file = archive.fileobj
    file.seek(archive.offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        return (
            "no end mark behind the last file that was found: cut short or damaged; fetch it again"
        )
    while block := file.read(_AT_ONCE):
        if block.strip(b"\0"):
            return (
                "more behind its end mark, as where tars were joined by cat, and only what stands "
                "before is read; keep them as shards of their own, or join them by "
                "tar --concatenate"
            )
    return ""


def _not_a_tar(path: str | os.PathLike) -> str:
    """What a file is that is no tar, whatever it is called; "" if that is not known."""
    with Path(path).open("rb") as file:
        begin = file.read(_AT_ONCE)
    if is_pointer(begin):
        return POINTER_FAULT
    packer = next((name for mark, name in _PACKERS.items() if begin.startswith(mark)), None)
    return f"packed by {packer}; unpack it to a .tar" if packer else ""
