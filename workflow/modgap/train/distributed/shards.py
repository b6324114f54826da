"""Shards: tar files of images with captions, as img2dataset writes them for webdataset."""

import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from webdataset.tariterators import base_plus_ext

from modgap.data.draft import Problem
from modgap.errors import InputError
from modgap.runtime.progress import Progress

IMAGES = ("jpg", "jpeg", "png", "webp")
CAPTION = "txt"
# Reading headers waits for the disk most of the time.
_READERS = 8


@dataclass(frozen=True)
class Shards:
    """The shards of a folder.

    `paths`: those that can be read, absolute, in order of their names. `pairs`: images with a
    caption in them. `problems`: what is no pair, and shards that cannot be read.
    """

    paths: tuple[str, ...]
    pairs: int
    problems: tuple[Problem, ...]


def read_shards(folder: Path) -> Shards:
    """Look through the names in all shards of a folder, without decoding anything.

    Raises
    ------
    InputError
        If there is no shard, or no image with a caption in any of them.
    """
    paths = sorted(folder.glob("*.tar"))
    if not paths:
        raise InputError(
            f"{folder}: no shard (*.tar) there; expected those that img2dataset writes"
        )
    found, pairs, problems = [], 0, []
    progress = Progress(len(paths), "shards looked through")
    with ThreadPoolExecutor(_READERS) as pool:
        for path, (own, faults) in zip(paths, pool.map(_look, paths), strict=True):
            pairs += own
            problems += faults
            if own:
                found.append(str(path.absolute()))
            progress.add(1)
    if not pairs:
        shown = "; ".join(f"{each.item}: {each.problem}" for each in problems[:3])
        raise InputError(
            f"{folder}: no image with a caption in {len(paths)} shards; expected KEY.jpg and "
            f"KEY.txt in them. {shown}"
        )
    return Shards(tuple(found), pairs, tuple(problems))


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
    except (OSError, tarfile.TarError) as error:
        problems.append(Problem(path.name, f"shard cannot be read to its end: {error}"))
    return pairs, problems


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
