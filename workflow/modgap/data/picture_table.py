"""Pictures and their captions within Parquet or Arrow tables, as Hugging Face publishes them."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from modgap.data.caption_rows import SPLIT_COLUMN, WHOLE, named_split, split_column
from modgap.data.draft import Draft, Note, Problem
from modgap.data.listed_texts import listed
from modgap.data.packed_pictures import PackedPicture, unpack_pictures
from modgap.data.records import REASON, STATUS, failed_download, raw_texts
from modgap.data.split_files import TABLES, ignored_files, need_split_files, part_names
from modgap.errors import InputError, nearest
from modgap.formats.pointers import check_fetched
from modgap.formats.text import check_file
from modgap.runtime.progress import Progress

# Rows that are in memory at a time, with their pictures.
_ROWS = 64
_CAPTIONS = re.compile(r"(captions?|text|txt|sentences?|raw|alt_text|description)(_\d+)?")
# Which of several columns of pictures is meant.
_PICTURES = ("image", "img", "jpg", "png", "picture")


class _Row(NamedTuple):
    """A row of a table; `split` is "" if it names none, `unfetched` says why it has no picture."""

    split: str
    picture: object
    captions: tuple
    unfetched: str | None


def picture_table(folder: Path, split: str, out: Path) -> Draft:
    """Pictures and captions of one split of a folder of Parquet or Arrow tables.

    One column holds pictures (records of `bytes` and `path`, or bytes), one or several captions:
    words, lists of words (also written as text), or lists of records with `raw`; columns
    caption_0, caption_1, … are captions of one picture. Where a column `split` says so, rows of
    other splits are left out; capitals make no other split, and that is noted, as are downloads
    that failed. An image is known by its `path` where all have one and no two the same, else by its
    row. Rows of one path and the same bytes are captions of one image, and noted.

    Parameters
    ----------
    folder
        Holds the tables: SPLIT.parquet, SPLIT-00000-of-00002.parquet, or any in a folder SPLIT;
        where there is none of these, any with a column `split`.
    split
        "all" for every table, and every row.
    out
        Where pictures are written as files, in `pictures/`.

    Raises
    ------
    InputError
        Naming the folder or file: no table of that split, a part that is missing, two tables that
        may hold the same, no such columns or several, a damaged table, a split that no row has.
    """
    paths = need_split_files(folder, split, TABLES, _names_splits)
    problems: list[Problem] = []
    notes: list[Note] = []
    names = part_names(paths, folder)
    draft = unpack_pictures(_pictures(names, split, problems, notes), out, join=True)
    draft.problems += problems
    draft.notes += notes
    draft.notes += [Note(name, what, "ignored") for name, what in ignored_files(folder, TABLES)]
    return draft


def _pictures(
    names: dict[Path, str], split: str, problems: list[Problem], notes: list[Note]
) -> Iterator[PackedPicture]:
    """The rows of the split; how many of a table name none goes to `problems`.

    `names`: what each table is called; to `notes` go the downloads that failed, and the rows whose
    split is the one in other letters.
    """
    progress = Progress(len(names), "tables read")
    seen: set[str] = set()  # "" for rows that name none
    any_row = False
    for path, name in names.items():
        nameless, spelt = [], Counter()
        for number, row in enumerate(_rows(path, split)):
            place = f"{name} row {number}"
            if split == WHOLE or row.split.lower() == split.lower():
                any_row = True
                spelt[row.split] += 1
                if row.unfetched:
                    notes.append(Note(place, f"no image: {row.unfetched}", "ignored"))
                else:
                    yield _packed(place, row.picture, _words(row.captions))
            elif not row.split:
                nameless.append(number)
            seen.add(row.split)
        if nameless:
            what = f"rows without a split: {len(nameless)}, the first is row {nameless[0]}"
            problems.append(Problem(name, f"{what}; fill the column `split` in"))
        notes += [
            Note(name, f"rows of split {other!r}: {count}", f"taken as {split!r}")
            for other, count in spelt.items()
            if split not in (WHOLE, other)
        ]
        progress.add(1)
    if not any_row:
        named = sorted(filter(None, seen))
        hint = nearest(split, named, "its splits are") if named else "it has no rows"
        raise InputError(f"{next(iter(names))}: no row of split {split!r}; {hint}")


def _rows(path: Path, split: str) -> Iterator[_Row]:
    """The rows of a table; without a column that says another, all of `split`."""
    columns, named = None, _names_splits(path)
    for batch in _batches(path):
        columns = columns or _columns(batch.schema, path)
        picture, captions = columns
        words = _splits(batch) if named else [split] * len(batch)
        pictures = batch.column(picture).to_pylist()
        cells = zip(*(batch.column(name).to_pylist() for name in captions), strict=True)
        yield from map(_Row, words, pictures, cells, _unfetched(batch, pictures))


def _unfetched(batch: pa.RecordBatch, pictures: list) -> list[str | None]:
    """Why rows have no picture that img2dataset could not fetch, None for all others."""
    if STATUS not in batch.schema.names:
        return [None] * len(batch)
    records = batch.select([n for n in (STATUS, REASON) if n in batch.schema.names]).to_pylist()
    return [
        None if picture else failed_download(record)
        for picture, record in zip(pictures, records, strict=True)
    ]


def _packed(place: str, picture: object, captions: list) -> PackedPicture:
    if isinstance(picture, dict):
        name, content = picture.get("path"), picture.get("bytes")
        if name and content is None:
            fault = (
                "only the path of the picture is stored, the picture was never embedded in the "
                "table; write the table again with its bytes"
            )
            return PackedPicture(place, name, None, captions, fault)
        return PackedPicture(place, name, content, captions)
    return PackedPicture(place, None, picture, captions)


def _batches(path: Path, *, splits_alone: bool = False) -> Iterator[pa.RecordBatch]:
    """The rows of a table, few at a time: pictures are large.

    `splits_alone`: whether the column of splits is enough, so that others need not be read.
    """
    check_file(path)
    try:
        check_fetched(path)
        with path.open("rb") as file:
            if path.suffix.lower() == ".parquet":
                table = pq.ParquetFile(file)
                names = table.schema_arrow.names
                columns = [split_column(names) or SPLIT_COLUMN] if splits_alone else None
                yield from table.iter_batches(batch_size=_ROWS, columns=columns)
                return
            try:
                reader = pa.ipc.open_file(file)
                batches = map(reader.get_batch, range(reader.num_record_batches))
            except pa.ArrowInvalid:
                file.seek(0)
                batches = pa.ipc.open_stream(file)
            yield from batches
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: damaged or cut short ({error}); fetch it again") from error


def _names_splits(path: Path) -> bool:
    """Whether a row of a table says its split."""
    for batch in _batches(path, splits_alone=True):
        if not split_column(batch.schema.names):
            return False
        if any(_splits(batch)):
            return True
    return False


def _splits(batch: pa.RecordBatch) -> list[str]:
    """The split that each row says, "" for one that says none."""
    column = split_column(batch.schema.names)
    parts = batch.column(column).to_pylist()
    # A list or a record is no name of a split, but nothing that could be passed over.
    return [
        str(part) if isinstance(part, list | dict) else named_split(part) or "" for part in parts
    ]


def _columns(schema: pa.Schema, path: Path) -> tuple[str, list[str]]:
    """The column of pictures and those of captions."""
    pictures = [field.name for field in schema if _holds_pictures(field.type)]
    if len(pictures) > 1:
        pictures = [name for name in pictures if name.lower() in _PICTURES]
    captions = [field.name for field in schema if _CAPTIONS.fullmatch(field.name.lower())]
    captions = [name for name in captions if name not in pictures]
    if len(pictures) != 1 or not captions:
        what = "pictures (records of bytes and path, or bytes)"
        if len(pictures) == 1:
            what = "captions (caption, captions, caption_0, text, sentences, …)"
        raise InputError(
            f"{path}: its columns are {schema.names}; expected one of {what}: rename it, or leave "
            "others out. A table of addresses holds no pictures: fetch them first"
        )
    # Only what has a number is one of several that belong together.
    kinds = [_CAPTIONS.fullmatch(name.lower()) for name in captions]
    if len({kind[1] for kind in kinds}) > 1 or sum(not kind[2] for kind in kinds) > 1:
        raise InputError(
            f"{path}: {' and '.join(captions)} may be meant; leave one. Its columns "
            f"are {schema.names}"
        )
    return pictures[0], captions


def _holds_pictures(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_struct(kind):
        names = [kind.field(number).name for number in range(kind.num_fields)]
        return "bytes" in names and _holds_pictures(kind.field("bytes").type)
    kinds = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(is_kind(kind) for is_kind in kinds)


def _words(cells: tuple) -> list:
    """The captions of a row; what is no caption stays what it is, for the audit to name."""
    words: list = []
    for cell in cells:
        items = listed(cell) if isinstance(cell, str) else cell
        for item in items if isinstance(items, list) and items else [items]:
            words += raw_texts(item) if isinstance(item, dict) else [item]
    return words
