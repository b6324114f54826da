"""Shards: tar files of images with captions, as img2dataset writes them for webdataset."""

import os
import tarfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from webdataset.tariterators import base_plus_ext

from modgap.data.draft import Problem
from modgap.errors import InputError
from modgap.runtime.progress import Progress

IMAGES = ("jpg", "jpeg", "png", "webp")
CAPTION = "txt"
_PACKED = ("*.tar.gz", "*.tgz", "*.tar.xz", "*.tar.bz2", "*.tar.zst")
# Reading headers waits for the disk most of the time.
_READERS = 8


@dataclass(frozen=True)
class Shards:
    """The shards of a folder.

    `counts`: path → its pairs of an image and a caption, of those that have any, absolute, in order
    of their names. `problems`: what is no pair, and shards that cannot be read.
    """

    counts: Mapping[str, int]
    problems: tuple[Problem, ...]

    @property
    def pairs(self) -> int:
        """The pairs of all shards."""
        return sum(self.counts.values())


def read_shards(folder: Path) -> Shards:
    """Look through the names in all shards of a folder, without decoding anything.

    Raises
    ------
    InputError
        If there is no shard, or no image with a caption in any of them.
    """
    paths = sorted(folder.glob("*.tar"))
    packed = sorted(path.name for pattern in _PACKED for path in folder.glob(pattern))
    if not paths:
        hint = (
            f"unpack {packed[0]} to a .tar" if packed else "expected those that img2dataset writes"
        )
        raise InputError(f"{folder}: no shard (*.tar) there; {hint}")
    counts = {}
    problems = [Problem(name, "packed, so not read; unpack it to a .tar") for name in packed]
    progress = Progress(len(paths), "shards looked through")
    with ThreadPoolExecutor(_READERS) as pool:
        for path, (own, faults) in zip(paths, pool.map(_look, paths), strict=True):
            problems += faults
            if own:
                counts[str(path.absolute())] = own
            progress.add(1)
    if not counts:
        shown = "; ".join(f"{each.item}: {each.problem}" for each in problems[:3])
        raise InputError(
            f"{folder}: no image with a caption in {len(paths)} shards; expected KEY.jpg and "
            f"KEY.txt in them. {shown}"
        )
    return Shards(counts, tuple(problems))


def read_pairs(path: str | os.PathLike, number: int) -> Iterator[tuple[str, bytes, bytes]]:
    """The first pairs of a shard: key, bytes of the image and of the caption."""
    files: dict[str, bytes] = {}
    with tarfile.open(path, "r:") as archive:
        current = None
        for entry in archive:
            key, suffix = base_plus_ext(entry.name)
            if key is None or not entry.isreg() or not number:
                continue
            if key != current:
                current, files = key, {}
            files[suffix.lower()] = archive.extractfile(entry).read()
            image = next((files[name] for name in IMAGES if name in files), None)
            if image is not None and CAPTION in files:
                yield key, image, files.pop(CAPTION)
                number -= 1


def _look(path: Path) -> tuple[int, list[Problem]]:
    """How many pairs a shard has, and what else."""
    pairs, problems = 0, []
    try:
        with tarfile.open(path, "r:") as archive:
            for key, suffixes in _samples(archive):
                fault = _fault(suffixes)
                pairs += not fault
                if fault:
                    problems.append(Problem(f"{path.name}/{key}", fault))
            if not _at_end(archive):
                what = "no end mark behind the last file that was found: cut short or damaged"
                problems.append(Problem(path.name, f"shard cannot be read to its end: {what}"))
    except (OSError, tarfile.TarError) as error:
        problems.append(Problem(path.name, f"shard cannot be read to its end: {error}"))
    return pairs, problems


def _at_end(archive: tarfile.TarFile) -> bool:
    """Whether reading stopped at a tar's end; tarfile takes a damaged header for that too."""
    archive.fileobj.seek(archive.offset)
    return archive.fileobj.read(tarfile.BLOCKSIZE) == bytes(tarfile.BLOCKSIZE)


def _samples(archive: tarfile.TarFile) -> Iterator[tuple[str, set[str]]]:
    """Each key with the suffixes of its files; neighbours of one key belong together."""
    current, suffixes = None, set()
    for entry in archive:
        key, suffix = base_plus_ext(entry.name)
        if key is None or not entry.isreg():
            continue
        if key != current:
            if current is not None:
                yield current, suffixes
            current, suffixes = key, set()
        suffixes.add(suffix.lower())
    if current is not None:
        yield current, suffixes


def _fault(suffixes: set[str]) -> str:
    if not suffixes & set(IMAGES):
        return "no image"
    return "" if CAPTION in suffixes else "image without caption"
