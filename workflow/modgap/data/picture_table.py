"""Pictures and their captions within Parquet or Arrow tables, as Hugging Face publishes them."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from modgap.data.caption_lists import WHOLE
from modgap.data.draft import Draft, Note, captions_table, images_table, text_fault
from modgap.data.folders import printable
from modgap.data.table_files import need_table_files
from modgap.errors import InputError, nearest
from modgap.formats.files import full_disk_named
from modgap.runtime.progress import Progress

# Rows that are in memory at a time, with their pictures.
_ROWS = 64
_PICTURES = "pictures"
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
    paths = need_table_files(folder, split)
    target = out / _PICTURES
    partial = out / f".{_PICTURES}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with full_disk_named(target):
        rows = [_saved(row, partial) for row in _rows(paths, split)]
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return _draft(out, rows)


def _rows(paths: list[Path], split: str) -> Iterator[tuple[int, str, object, list]]:
    """Number, place, picture and captions of each row of the split."""
    progress = Progress(len(paths), "tables read")
    seen: Counter[str] = Counter()
    number = 0
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
                    yield number, f"{path.name} row {start + row}", image, _words(texts)
                    number += 1
            start += len(batch)
        progress.add(1)
    if not number:
        hint = nearest(split, sorted(seen), "its splits are") if seen else "it has no rows"
        raise InputError(f"{paths[0]}: no row of split {split!r}; {hint}")


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


def _saved(row: tuple[int, str, object, list], folder: Path) -> tuple[str, str, str | None, list]:
    """Place, file, what the picture is called and captions of a row, its picture written."""
    number, place, picture, words = row
    name = picture.get("path") if isinstance(picture, dict) else None
    data = picture.get("bytes") if isinstance(picture, dict) else picture
    if not data:
        return place, "", name, words
    # Never by a name from the table, which might lead elsewhere.
    file = f"{number:07d}{_suffix(data)}"
    (folder / file).write_bytes(data)
    return place, file, name, words


def _suffix(data: bytes) -> str:
    marks = {b"\xff\xd8": ".jpg", b"\x89PNG": ".png", b"GIF8": ".gif", b"RIFF": ".webp"}
    marks |= {b"II*\0": ".tif", b"MM\0*": ".tif", b"BM": ".bmp"}
    return next((end for mark, end in marks.items() if data.startswith(mark)), ".jpg")


def _draft(out: Path, rows: list[tuple[str, str, str | None, list]]) -> Draft:
    names = [printable(PurePosixPath(name).name) if name else "" for _, _, name, _ in rows]
    named = all(names) and len(set(names)) == len(names)
    ids = names if named else [place for place, *_ in rows]
    faults = [None if file else "row has no picture" for _, file, _, _ in rows]
    texts, notes = [], []
    for item, (*_, words) in zip(ids, rows, strict=True):
        # One of several may be empty; of a picture without any the audit says so.
        filled = [word for word in words if word is not None] or [None]
        texts += [(f"{item}#{turn}", word, item) for turn, word in enumerate(filled)]
        notes += [Note(item, "caption is null", "left out")] * (len(words) - len(filled))
    wrong = [text_fault(word) if not isinstance(word, str) else None for _, word, _ in texts]
    return Draft(
        out,
        images_table(
            ids, [f"{_PICTURES}/{file}" if file else "" for _, file, *_ in rows], -1, faults
        ),
        captions_table(
            [name for name, _, _ in texts],
            ["" if fault else word for (_, word, _), fault in zip(texts, wrong, strict=True)],
            [item for _, _, item in texts],
            wrong,
        ),
        notes=notes,
    )
