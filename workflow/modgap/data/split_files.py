"""Which tables or shards of a folder are those of a split, as Hugging Face publishes data sets.

Snakemake asks for them at every start, so nothing here needs more than the standard library.
"""

import re
from collections import defaultdict
from pathlib import Path

from modgap.data.caption_lists import WHOLE
from modgap.errors import InputError, nearest
from modgap.formats.part_names import first_missing

TABLES = (".parquet", ".arrow")
SHARDS = (".tar",)
_PART = re.compile(r"[-_.]?(\d+)(?:-of-(\d+))?$")


def split_files(folder: Path, split: str, suffixes: tuple[str, ...]) -> list[Path]:
    """The files of a split in a folder or in those within it, in the order of their numbers.

    They are called like the split (test.parquet, test-00000-of-00002.parquet) or lie in a folder
    of its name; "all" is every one.
    """
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes]
    own = [path for path in paths if split in (WHOLE, _split_of(path, folder))]
    return sorted(own, key=lambda path: (path.parent, _number(path)[0] or 0, path.name))


def need_split_files(folder: Path, split: str, suffixes: tuple[str, ...]) -> list[Path]:
    """`split_files`, all of the parts that their names count, of one folder.

    Raises `InputError` if there are none, naming the splits there are, if a part is missing, or if
    they lie in several folders.
    """
    paths = split_files(folder, split, suffixes)
    if not paths:
        there = split_files(folder, WHOLE, suffixes)
        # Files that are called by numbers alone are of no split.
        splits = sorted({_split_of(path, folder) or WHOLE for path in there})
        hint = nearest(split, splits, "its splits are") if splits else "it holds none"
        end = suffixes[0]
        raise InputError(
            f"{folder}: no {' or '.join(suffixes)} file of split {split!r} (test{end}, "
            f"test-00000-of-00002{end}, test/…); {hint}"
        )
    places = sorted({str(path.parent) for path in paths})
    if len(places) > 1 and split != WHOLE:
        raise InputError(
            f"{folder}: files of split {split!r} in {' and '.join(places)}; name the folder that "
            "is meant in the configuration"
        )
    for path in paths:
        total = _number(path)[1]
        if total is not None and sum(_number(other)[1] == total for other in paths) != total:
            raise InputError(
                f"{path}: one of {total} parts, of which {len(paths)} are there; fetch the others"
            )
    numbers = defaultdict(set)
    for path in paths:
        numbers[path.parent / _PART.sub("", path.stem)].add(_number(path)[0])
    for place, found in numbers.items():
        if (missing := first_missing(found - {None})) is not None:
            raise InputError(f"{place}: no part {missing}, but one after it; fetch it")
    return paths


def _split_of(path: Path, folder: Path) -> str:
    """The split in the name of a table, or that of its folder where its name is of no split."""
    name = _PART.sub("", path.stem)
    inside = path.parent != folder
    return path.parent.name if inside and name in ("data", "part", "cache", "") else name


def _number(path: Path) -> tuple[int | None, int | None]:
    """The number of a part, and how many parts there are, where the name says so."""
    match = _PART.search(path.stem)
    return (int(match[1]), match[2] and int(match[2])) if match else (None, None)
