"""One cloud of embeddings in a folder of parts, as tools write that work in shards."""

import logging
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, check_rows
from modgap.formats.list_columns import to_float32
from modgap.formats.packed import format_of, stem_of
from modgap.formats.part_names import first_missing, in_number_order, numbers_of
from modgap.formats.sides import SIDES, side_of
from modgap.formats.vector_columns import NoRows

_log = logging.getLogger(__name__)

# What Hugging Face's save_to_disk puts beside the parts of a data set.
_BESIDE = ("dataset_info.json", "dataset_dict.json", "state.json")
_SHOWN = 5
# Files of arrays whose shape is known once they are read.
_LOADED = (".pt", ".pth", ".npz", ".safetensors")
# What the Hub's older files have behind the numbers of a part: a checksum, another for each.
_CHECKSUM = re.compile(r"(?<=\d)-[0-9a-f]{16}(?=\.)")
# The number of a part in the names that Spark gives, some with a number of its job behind it.
_SPARK = re.compile(r"part-(\d+)-")
# Formats that say what a part without rows would hold. A text without lines may have lost them.
_MAY_BE_EMPTY = (".npy", ".npz", ".parquet", ".arrow", ".feather")
# What is in a folder that is a table or an array of another kind, and how to save what it holds.
_STORES = {
    "_delta_log": (
        "a Delta table, whose log says which rows of its files hold",
        "deltalake.DeltaTable(folder).to_pandas().to_parquet(file)",
    ),
    "_versions": ("a Lance table", "lance.dataset(folder).to_table().to_pandas().to_parquet(file)"),
    "zarr.json": ("a Zarr store", "numpy.save(file, zarr.open(folder)[name][:])"),
}
_STORES |= dict.fromkeys((".zarray", ".zgroup"), _STORES["zarr.json"])


def read_parts(
    folder: str | os.PathLike,
    name: str,
    read: Callable[[Path], Embeddings],
    read_array: Callable[[Path], np.ndarray],
    formats: Sequence[str],
) -> Embeddings:
    """Read the parts of a folder one behind the other, in the order of the numbers in their names.

    Parameters
    ----------
    folder
        Files of one format whose names differ in a number alone (img_emb_0.npy, img_emb_1.npy, …;
        part-00000.parquet; data-00000-of-00002.arrow), or one file; or an array for each item, of
        its embedding, whose name is its id. Or one file or folder of each modality, by its name
        (images.npy and texts.npy; img_emb/ and text_emb/).
    name
        "images" or "texts": picks one of these.
    read
        Reads one part, or such a folder.
    read_array
        Reads a file of an array as it is, one of an item's embedding.
    formats
        Endings of files that are parts; others beside them are counted and left out.

    Returns
    -------
    Embeddings
        The rows of all parts, with the columns that they have.

    Raises
    ------
    InputError
        Naming the folder: no such files, files of several kinds, a number that is missing, parts
        of other columns or dimensions; a table of a kind that is not read.
    """
    folder = Path(folder)
    _refuse_stores(folder)
    if (own := _of_modality(folder, name, formats)) is not None:
        _log.warning("%s: %s is taken as the %s", folder, own.name, name)
        return read(own)
    paths = _files(folder, formats)
    if _are_items(paths, read_array):
        return _of_items(folder, paths, read_array)
    paths = _parts(folder, paths)
    paths, parts = _with_rows(paths, read)
    for path, part in zip(paths, parts, strict=True):
        if part.vectors.shape[1] != parts[0].vectors.shape[1]:
            raise InputError(
                f"{path}: {part.vectors.shape[1]} dimensions, {paths[0].name} has "
                f"{parts[0].vectors.shape[1]}; expected parts of one cloud"
            )
        if set(part.table) != set(parts[0].table):
            raise InputError(
                f"{path}: columns {sorted(part.table)}, {paths[0].name} has "
                f"{sorted(parts[0].table)}; expected parts of one table"
            )
    rows = [len(part) for part in parts]
    ends = paths[0].name, paths[-1].name
    _log.warning("%s: %d rows, of %d files from %s to %s", folder, sum(rows), len(rows), *ends)
    table = pd.concat([part.table for part in parts], ignore_index=True)
    return Embeddings(table, np.concatenate([part.vectors for part in parts]), parts[0].metadata)


def _refuse_stores(folder: Path) -> None:
    """Raise `InputError` for a folder that another library alone can read."""
    for mark, (what, how) in _STORES.items():
        if (folder / mark).exists() and not _is_written_once(folder):
            raise InputError(f"{folder}: is {what}; save what it holds: {how}")


def _is_written_once(folder: Path) -> bool:
    """Whether a folder is a Delta table that was not changed since: all rows of its files hold."""
    return [path.stem.strip("0") for path in folder.glob("_delta_log/*.json")] == [""]


def _with_rows(
    paths: list[Path], read: Callable[[Path], Embeddings]
) -> tuple[list[Path], list[Embeddings]]:
    """The parts that have rows, and their files; Spark writes others for what is empty."""
    parts, empty = {}, []
    for path in paths:
        try:
            parts[path] = read(path)
        except NoRows:
            if format_of(path) not in _MAY_BE_EMPTY or len(empty) == len(paths) - 1:
                raise
            empty.append(path)
    if empty:
        names = _listed([path.name for path in empty])
        _log.warning("%s: no rows in %s: left out", empty[0].parent, names)
    return list(parts), list(parts.values())


def _of_modality(folder: Path, name: str, formats: Sequence[str]) -> Path | None:
    """The one file or folder in a folder that is of a modality by its name, beside another's."""
    inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
    inside = [path for path in inside if path.is_dir() or format_of(path) in formats]
    sides = {path: side_of(path.name if path.is_dir() else stem_of(path)) for path in inside}
    own = [path for path, side in sides.items() if side == name]
    return own[0] if len(own) == 1 and set(sides.values()) - {None, name} else None


def _files(folder: Path, formats: Sequence[str]) -> list[Path]:
    """The files of a folder that hold embeddings."""
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    paths = [path for path in files if format_of(path) in formats and path.name not in _BESIDE]
    if not paths:
        raise InputError(
            f"{folder}: a folder without a file of embeddings ({_inside(folder)}); name a file, or "
            "a folder of the parts of one cloud"
        )
    if others := [path.name for path in files if path not in paths]:
        _log.info("%s: %s not read", folder, ", ".join(sorted(others)))
    return sorted(paths)


def _are_items(paths: list[Path], read_array: Callable[[Path], np.ndarray]) -> bool:
    """Whether each file is an array of one embedding; (1, d) may be a part, if its name counts.

    Not where names say that some are of images and the others of texts.
    """
    formats = {path.suffix.lower() for path in paths}
    if len(paths) < 3 or len(formats) > 1 or not formats <= {".npy", *_LOADED}:
        return False
    if {side_of(stem_of(path)) for path in paths} == set(SIDES):
        return False
    shape = _shape(paths[0], read_array)
    if len(shape) == 2 and shape[0] == 1 and numbers_of([path.name for path in paths]) is None:
        return all(_shape(path, read_array)[:-1] == (1,) for path in paths)
    return len(shape) == 1


def _shape(path: Path, read_array: Callable[[Path], np.ndarray]) -> tuple[int, ...]:
    """The shape of an array; () of a file that is none, which whatever reads it will say."""
    try:
        if path.suffix.lower() in _LOADED:
            return read_array(path).shape
        return np.load(path, mmap_mode="r", allow_pickle=False).shape
    except Exception:  # a damaged header may raise any class
        return ()


def _of_items(
    folder: Path, paths: list[Path], read_array: Callable[[Path], np.ndarray]
) -> Embeddings:
    """Arrays of one embedding each, by the names of their files."""
    paths = [folder / name for name in in_number_order([path.name for path in paths])]
    rows = []
    for path in paths:
        row = read_array(path).reshape(1, -1)
        if rows and row.shape != rows[0].shape:
            raise InputError(
                f"{path}: {row.size} numbers, {paths[0].name} has {rows[0].size}; expected one "
                "embedding in each file, of one length"
            )
        rows.append(to_float32(row))
    vectors = np.concatenate(rows)
    check_rows(vectors, str(folder), lambda row: paths[row].name)
    text = "%s: %d files of one embedding each, from %s to %s; their names are the ids"
    _log.warning(text, folder, len(paths), paths[0].name, paths[-1].name)
    return Embeddings(pd.DataFrame({"id": [path.stem for path in paths]}), vectors, {})


def _parts(folder: Path, paths: list[Path]) -> list[Path]:
    """Files that are parts, in the order of their numbers."""
    kinds = {re.sub(r"\d+", "#", _numbered(path)) for path in paths}
    if len(kinds) > 1:
        names = sorted(path.name for path in paths)
        raise InputError(
            f"{folder}: a folder of {_listed(names)}; "
            "expected parts of one cloud, whose names differ in a number alone: name the file that "
            "is meant"
        )
    return _in_order(folder, paths)


def _numbered(path: Path) -> str:
    """The name of a part, of which a number alone differs from those of others."""
    return _CHECKSUM.sub("", path.name)


def _in_order(folder: Path, paths: list[Path]) -> list[Path]:
    """Parts by the number that tells them apart; none may be missing."""
    numbers = {path: tuple(map(int, re.findall(r"\d+", _numbered(path)))) for path in paths}
    paths = sorted(paths, key=numbers.__getitem__)
    order = [int(match[1]) for path in paths if (match := _SPARK.match(path.name))]
    if len(paths) > 1 and len(set(order)) < len(paths):
        differ = [len(set(column)) > 1 for column in zip(*numbers.values(), strict=True)]
        if sum(differ) != 1:
            raise InputError(
                f"{folder}: {paths[0].name} and {paths[-1].name} differ in {sum(differ)} numbers; "
                "expected names whose one number says the order of the parts"
            )
        order = [numbers[path][differ.index(True)] for path in paths]
    if (missing := first_missing(order)) is not None:
        raise InputError(
            f"{folder}: parts {order[0]} to {order[-1]}, but not {missing}; fetch or make "
            "it again, or put the parts that are meant into a folder of their own"
        )
    total = re.search(r"-of-0*(\d+)\b", paths[0].name)
    if total and int(total[1]) != len(paths):
        raise InputError(
            f"{folder}: {len(paths)} of {int(total[1])} parts; fetch or make the others again"
        )
    return paths


def _inside(folder: Path) -> str:
    names = sorted(f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir())
    return f"it holds {_listed(names)}" if names else "it is empty"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + ", …" * (len(names) > _SHOWN)
