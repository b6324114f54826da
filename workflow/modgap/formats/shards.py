"""Samples of a shard: tar files in which neighbours of one key belong together (webdataset)."""

import os
import posixpath
import tarfile
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

Made = TypeVar("Made")
Files = Mapping[str, tarfile.TarInfo]

# Suffixes of images and of their captions, as img2dataset calls them.
IMAGES = ("jpg", "jpeg", "png", "webp")
CAPTION = "txt"
# Shards that are packed, which nobody can look into without reading all of them.
PACKED = ("*.tar.gz", "*.tgz", "*.tar.xz", "*.tar.bz2", "*.tar.zst")


def read_samples(
    path: str | os.PathLike,
    read: Callable[[tarfile.TarFile, str, Files], Made],
    faults: list[str],
    hidden: list[str] | None = None,
) -> Iterator[Made]:
    """What `read` makes of each sample of a shard: of the open shard, a key and its files.

    Why the shard cannot be read to its end, if so, is added to `faults`, after the samples before.
    `hidden`: see `samples`.
    """
    what = "shard cannot be read to its end"
    try:
        with tarfile.open(path, "r:") as archive:
            for key, files in samples(archive, hidden):
                yield read(archive, key, files)
            if not _ends_whole(archive):
                mark = "no end mark behind the last file that was found: cut short or damaged"
                faults.append(f"{what}: {mark}")
    except (OSError, tarfile.TarError) as error:
        faults.append(f"{what}: {error}")


def samples(
    archive: tarfile.TarFile, hidden: list[str] | None = None
) -> Iterator[tuple[str, Files]]:
    """Each key of a shard with its files by suffix, in lower case.

    A key ends at the first dot of a file's name; nothing is read but headers. Of two files of one
    name the later one counts, as tar itself has it. webdataset takes a hidden file (macOS leaves
    ._1.jpg before 1.jpg) for one of a key of its own; with `hidden` it is added to this instead.
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
        if key != current:
            if current is not None:
                yield current, files
            current, files = key, {}
        files[suffix.lower()] = entry
    if current is not None:
        yield current, files


def _ends_whole(archive: tarfile.TarFile) -> bool:
    """Whether reading stopped at a tar's end; tarfile takes a damaged header for that too."""
    archive.fileobj.seek(archive.offset)
    return archive.fileobj.read(tarfile.BLOCKSIZE) == bytes(tarfile.BLOCKSIZE)
