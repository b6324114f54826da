"""Shards: tar files of images with captions, as img2dataset writes them for webdataset."""

import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from modgap.data.draft import Problem
from modgap.data.folders import is_hidden
from modgap.errors import InputError
from modgap.formats.shards import CAPTION, IMAGES, PACKED, read_samples, samples
from modgap.runtime.progress import Progress

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
    # macOS leaves ._00000.tar beside 00000.tar.
    paths = sorted(path for path in folder.glob("*.tar") if not is_hidden(path.name))
    packed = sorted(path.name for pattern in PACKED for path in folder.glob(pattern))
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
    with tarfile.open(path, "r:") as archive:
        pairs = ((key, files) for key, files in samples(archive) if not _fault(files))
        for key, files in islice(pairs, number):
            image = next(files[name] for name in IMAGES if name in files)
            yield key, *(archive.extractfile(each).read() for each in (image, files[CAPTION]))


def _look(path: Path) -> tuple[int, list[Problem]]:
    """How many pairs a shard has, and what else."""
    pairs, problems, cut = 0, [], []
    for key, fault in read_samples(path, lambda _, key, files: (key, _fault(files)), cut):
        pairs += not fault
        if fault:
            problems.append(Problem(f"{path.name}/{key}", fault))
    return pairs, [*problems, *(Problem(path.name, fault) for fault in cut)]


def _fault(suffixes: Iterable[str]) -> str:
    if not set(suffixes) & set(IMAGES):
        return "no image"
    return "" if CAPTION in suffixes else "image without caption"
