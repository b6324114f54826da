"""Which tables or shards of a folder are those of a split, as Hugging Face publishes data sets.

Snakemake asks for them at every start, so nothing here needs more than the standard library.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from modgap.data.caption_rows import WHOLE
from modgap.data.folders import files_below, is_hidden
from modgap.errors import InputError, nearest
from modgap.formats.part_names import first_missing

TABLES = (".parquet", ".arrow")
SHARDS = (".tar",)
# The number of a part, and of how many: at the end of a name, or all of it; a hash may follow.
_NUMBER = r"(\d+)(?:-of-(\d+)(?:-[0-9a-f]{16})?)?"
_PART = re.compile(rf"(?:^|[-_.]){_NUMBER}$")
# Programs that part a table by its column `split` make a folder split=NAME for each value.
_PARTED = "split="
# What datasets.map leaves beside the table that it was given: the same pictures once more.
_LEFT_BY_MAP = re.compile(r"(cache-|tmp).*\.arrow", re.IGNORECASE)


@dataclass(frozen=True)
class _File:
    """A table or shard; `split` and `name` are "" where it is called by its number alone.

    `own`: whether its name says that it is of the split that is asked for.
    """

    path: Path
    name: str
    number: int | None
    total: int | None
    split: str
    own: bool

    @property
    def kind(self) -> tuple:
        """The same for all files that are parts of one whole."""
        return self.path.suffix.lower(), self.number is None, self.total


def split_files(folder: Path, split: str, suffixes: tuple[str, ...]) -> list[Path]:
    """The files of a split in a folder or in those within it, in the order of their numbers.

    They are called like the split (test.parquet, test-00000-of-00002.parquet) or lie in a folder
    of its name (test, test.parquet), or split=NAME; "all" is every one. Where no table is, a column
    may say the split: then these are all tables.
    """
    return [file.path for file in _of_split(_files(folder, split, suffixes), suffixes)]


def need_split_files(
    folder: Path,
    split: str,
    suffixes: tuple[str, ...],
    names_splits: Callable[[Path], bool] = lambda path: False,
) -> list[Path]:
    """`split_files`, all of the parts that their names count, of one folder.

    `names_splits`: whether the rows of a table that is not called like the split say theirs.

    Raises `InputError` if there are none, naming the splits there are, if a part is missing, if
    two may hold the same, or if they lie in several folders.
    """
    there = _files(folder, split, suffixes)
    files = [each for each in _of_split(there, suffixes) if each.own or names_splits(each.path)]
    if not files:
        # Files that are called by numbers alone are of no split.
        splits = sorted({each.split or WHOLE for each in there})
        hint = nearest(split, splits, "its splits are") if splits else "it holds none"
        end = suffixes[0]
        column = ", and none with a filled column `split`" if suffixes == TABLES else ""
        raise InputError(
            f"{folder}: no {' or '.join(suffixes)} file of split {split!r} (test{end}, "
            f"test-00000-of-00002{end}, test/…){column}; {hint}"
        )
    places = sorted({str(each.path.parent) for each in files})
    if len(places) > 1 and split != WHOLE:
        raise InputError(
            f"{folder}: files of split {split!r} in {' and '.join(places)}; name the folder that "
            "is meant in the configuration"
        )
    # What a folder test holds by numbers alone is called like test.parquet beside that folder.
    wholes = defaultdict(list)
    for each in files:
        wholes[each.path.parent / each.name].append(each)
    for place, parts in wholes.items():
        _need_whole(folder, place, parts)
    return [each.path for each in files]


def part_names(paths: list[Path], folder: Path) -> dict[Path, str]:
    """What reports and ids call files of a folder: the name, or the path where two share a name."""
    counts = Counter(path.name for path in paths)
    return {
        path: path.name if counts[path.name] == 1 else path.relative_to(folder).as_posix()
        for path in paths
    }


def ignored_files(folder: Path, suffixes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Files named like tables or shards that are none of the data set, each with what it is."""
    ignored = [(path, _no_part(path, folder)) for path in _named(folder, suffixes)]
    return [(path.relative_to(folder).as_posix(), what) for path, what in ignored if what]


def _need_whole(folder: Path, place: Path, parts: list[_File]) -> None:
    """Raise `InputError` if files of one name are not the parts of one whole, each once."""
    kinds = {part.kind: str(part.path.relative_to(folder)) for part in reversed(parts)}
    if len(kinds) > 1:
        raise InputError(
            f"{folder}: {' and '.join(sorted(kinds.values()))} may hold the same pictures; "
            "leave one, with the other parts of it if there are any, and move the rest elsewhere"
        )
    total = parts[0].total
    if total is not None and len(parts) != total:
        raise InputError(
            f"{parts[0].path}: one of {total} parts, of which {len(parts)} are there; fetch the "
            "others"
        )
    missing = first_missing(part.number for part in parts if part.number is not None)
    if missing is not None:
        raise InputError(f"{place}: no part {missing}, but one after it; fetch it")


def _of_split(files: list[_File], suffixes: tuple[str, ...]) -> list[_File]:
    own = [each for each in files if each.own]
    return own or (files if suffixes == TABLES else [])


def _files(folder: Path, split: str, suffixes: tuple[str, ...]) -> list[_File]:
    files = [
        _file(path, folder, split, suffixes)
        for path in _named(folder, suffixes)
        if not _no_part(path, folder)
    ]
    return sorted(files, key=lambda each: (each.path.parent, each.number or 0, each.path.name))


def _file(path: Path, folder: Path, split: str, suffixes: tuple[str, ...]) -> _File:
    end = next(end for end in suffixes if path.name.lower().endswith(end))
    name = stem = path.name[: -len(end)]
    number = total = None
    # val2017 is no part of val, unless val is asked for.
    match = _PART.search(stem) or re.fullmatch(re.escape(split) + _NUMBER, stem)
    if match and stem != split:
        name = stem[: match.start(1)].rstrip("-_.")
        number, total = int(match[1]), match[2] and int(match[2])
    above = path.parent.name
    # Spark and dask make a folder test.parquet of parts.
    whole = above.lower().endswith(end)
    above = above[: -len(end)] if whole else above
    parted = above.startswith(_PARTED) and above != split
    within = whole or parted or name in ("data", "part", "") or above == split
    of = above.removeprefix(_PARTED) if parted else above
    of = of if within and path.parent != folder else name
    return _File(path, name, number, total, of, split in (WHOLE, of))


def _named(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in files_below(folder) if path.name.lower().endswith(suffixes))


def _no_part(path: Path, folder: Path) -> str:
    """What a file is that is no part of a data set, "" for any other."""
    if any(map(is_hidden, path.relative_to(folder).parts)):
        return "hidden"
    return "left behind by datasets.map" if _LEFT_BY_MAP.fullmatch(path.name) else ""
