"""Pictures and their captions within Parquet or Arrow tables, as Hugging Face publishes them."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from modgap.data.caption_lists import WHOLE
from modgap.data.draft import Draft
from modgap.data.packed_pictures import PackedPicture, unpack_pictures
from modgap.data.split_files import TABLES, need_split_files
from modgap.errors import InputError, nearest
from modgap.runtime.progress import Progress

# Rows that are in memory at a time, with their pictures.
_ROWS = 64
_CAPTIONS = re.compile(r"(captions?|text|sentences?|raw|alt_text|description)(_\d+)?")
_SPLIT = "split"


def picture_table(folder: Path, split: str, out: Path) -> Draft:
    """Pictures and captions of one split of a folder of Parquet or Arrow tables.

    One column holds pictures (records of `bytes` and `path`, or bytes), one or several captions:
    words, lists of words, or lists of records with `raw`; columns caption_0, caption_1, … are
    captions of one picture. Where a column `split` says so, rows of other splits are left out. An
    image is known by its `path` where all have one and no two the same, else by its row.

    Parameters
    ----------
    folder
        Holds the tables: SPLIT.parquet, SPLIT-00000-of-00002.parquet, or any in a folder SPLIT.
    split
        "all" for every table, and every row.
    out
        Where pictures are written as files, in `pictures/`.

    Raises
    ------
    InputError
        Naming the folder or file: no table of that split, a part that is missing, no such columns
        or several, a damaged table, a split that no row has.
    """
    return unpack_pictures(_rows(need_split_files(folder, split, TABLES), split), out)


def _rows(paths: list[Path], split: str) -> Iterator[PackedPicture]:
    """The rows of the split."""
    progress = Progress(len(paths), "tables read")
    seen: Counter[str] = Counter()
    any_row = False
    for path in paths:
        start, columns = 0, None
        for batch in _batches(path):
            columns = columns or _columns(batch.schema, path)
            picture, captions, named = columns
            splits = batch.column(_SPLIT).to_pylist() if named else [split] * len(batch)
            cells = zip(*(batch.column(name).to_pylist() for name in captions), strict=True)
            pictures = batch.column(picture).to_pylist()
            for row, (part, image, texts) in enumerate(zip(splits, pictures, cells, strict=True)):
                seen[str(part)] += 1
                if split in (WHOLE, part):
                    any_row = True
                    yield _packed(f"{path.name} row {start + row}", image, _words(texts))
            start += len(batch)
        progress.add(1)
    if not any_row:
        hint = nearest(split, sorted(seen), "its splits are") if seen else "it has no rows"
        raise InputError(f"{paths[0]}: no row of split {split!r}; {hint}")


def _packed(place: str, picture: object, captions: list) -> PackedPicture:
    if isinstance(picture, dict):
        return PackedPicture(place, picture.get("path"), picture.get("bytes"), captions)
    return PackedPicture(place, None, picture, captions)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a table, few at a time: pictures are large."""
    with path.open("rb") as file:
        try:
            if path.suffix.lower() == ".parquet":
                yield from pq.ParquetFile(file).iter_batches(batch_size=_ROWS)
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


def _columns(schema: pa.Schema, path: Path) -> tuple[str, list[str], bool]:
    """The column of pictures, those of captions, and whether rows name their split."""
    pictures = [field.name for field in schema if _holds_pictures(field.type)]
    if len(pictures) > 1:
        pictures = [name for name in pictures if name in ("image", "img", "jpg", "png", "picture")]
    found = [field.name for field in schema if _CAPTIONS.fullmatch(field.name.lower())]
    found = [name for name in found if name not in pictures]
    kinds = {_CAPTIONS.fullmatch(name.lower())[1].rstrip("s") for name in found}
    if len(pictures) != 1 or len(kinds) != 1:
        what = "pictures (records of bytes and path, or bytes)"
        if len(pictures) == 1:
            what = "captions (caption, captions, caption_0, text, sentences, …)"
        raise InputError(
            f"{path}: its columns are {schema.names}; expected one of {what}: rename it, or leave "
            "others out. A table of addresses holds no pictures: fetch them first"
        )
    return pictures[0], found, _SPLIT in schema.names


def _holds_pictures(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_struct(kind):
        names = [kind.field(number).name for number in range(kind.num_fields)]
        return "bytes" in names and _holds_pictures(kind.field("bytes").type)
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _words(cells: tuple) -> list:
    """The captions of a row; what is no caption stays what it is, for the audit to name."""
    words: list = []
    for cell in cells:
        for item in cell if isinstance(cell, list) and cell else [cell]:
            words.append(item.get("raw") if isinstance(item, dict) else item)
    return words
