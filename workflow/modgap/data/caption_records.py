"""Lists of captions in JSON and Parquet: records, captions by image, Karpathy's splits."""

import json
import posixpath
from pathlib import Path

from modgap.data.caption_rows import (
    SPLIT_COLUMN,
    Caption,
    caption_columns,
    has_columns,
    image_column,
    named_split,
    row_fault,
    split_column,
    split_of,
)
from modgap.data.folders import is_image_name
from modgap.data.listed_texts import listed
from modgap.data.records import as_word, id_of, named_once, raw_texts
from modgap.errors import InputError
from modgap.formats.json_text import read_documents
from modgap.formats.pointers import check_fetched
from modgap.formats.text import read_lines

# A row of a list: where it stands, and what stands there.
_Records = list[tuple[str, object]]


def captions_of_json(path: Path, split: str, own: bool) -> list[Caption]:
    """The captions of a file of JSON.

    It has a record for each line, a list of them, what pandas makes of a table by default or as
    "index", columns as lists, captions or records by the name of their image, a list of records
    under a name of any kind or one under that of each split, or images with sentences and splits;
    programs call any of these .json.

    Parameters
    ----------
    path
        Its records have an image and a text, or a list of texts.
    split, own
        As `modgap.data.caption_rows.split_of` has them.

    Raises
    ------
    InputError
        If it is none of these, or no JSON (of records by line a damaged one is a fault of its own);
        if records do not say which key is the image and which the text.
    """
    documents = _documents(path)
    if len(documents) != 1:
        return _of_records(path, documents, split, own)
    ((_, data),) = documents
    if isinstance(data, list) and data:
        records = [(f"record {n}", record) for n, record in enumerate(data)]
        return _of_records(path, records, split, own)
    if not isinstance(data, dict):
        return _with_sentences(path, data)
    if records := _in_lists(data):
        return _of_records(path, records, split, own)
    if "annotations" in data and not has_columns(data):
        raise InputError(
            f"{path}: captions in the layout of COCO, which the adapter coco reads: "
            "annotations/captions_SPLIT.json beside the images in a folder SPLIT"
        )
    records = _by_column(path, data) if has_columns(data) else _by_image(data)
    return _of_records(path, records, split, own) if records else _with_sentences(path, data)


def captions_of_parquet(path: Path, split: str, own: bool) -> list[Caption]:
    """The same of a Parquet table of records; errors as `captions_of_json`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        check_fetched(path)
        rows = pq.ParquetFile(path).read().to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: damaged or cut short ({error}); fetch it again") from error
    return _of_records(path, [(f"row {n}", row) for n, row in enumerate(rows)], split, own)


def _documents(path: Path) -> _Records:
    """What a file holds, by line; where its first line is a record, a damaged one is a reason."""
    try:
        return [(f"line {n}", data) for n, data in read_documents(path, named_once)]
    except InputError:
        lines = [(f"line {n}", _record(line)) for n, line in read_lines(path) if line.strip()]
        if not any(isinstance(record, dict) for _, record in lines[:2]):
            raise
        return lines


def _in_lists(data: dict) -> _Records:
    """The records in a list within an object, or in several, which are called like their splits.

    Empty if there is no list, or one of other records or under the name of an image. Images with
    sentences have a layout of their own.
    """
    lists = {
        name: value
        for name, value in data.items()
        if isinstance(value, list) and any(isinstance(one, dict) for one in value)
    }
    for name, records in lists.items():
        keys = dict.fromkeys(key for one in records if isinstance(one, dict) for key in one)
        if is_image_name(name) or not has_columns(keys) or "sentences" in keys:
            return []
    several = len(lists) > 1
    return [
        (f"{name} {n}", {SPLIT_COLUMN: name} | one if several and isinstance(one, dict) else one)
        for name, records in lists.items()
        for n, one in enumerate(records)
    ]


def _by_column(path: Path, data: dict) -> _Records:
    """The records of an object of columns, each by row or a list; itself if it is a record."""
    if all(isinstance(column, dict) for column in data.values()):
        rows = dict.fromkeys(row for column in data.values() for row in column)
        return [
            (f"row {row}", {name: column.get(row) for name, column in data.items()}) for row in rows
        ]
    if not all(isinstance(column, list) for column in data.values()):
        return [("line 1", data)]
    counts = {name: len(column) for name, column in data.items()}
    if len(set(counts.values())) > 1:
        raise InputError(f"{path}: its columns are of different lengths, {counts}; write it anew")
    rows = zip(*data.values(), strict=True)
    return [(f"row {n}", dict(zip(data, row, strict=True))) for n, row in enumerate(rows)]


def _by_image(data: dict) -> _Records:
    """Captions, or records that hold them, by the name of their image; also records by a number.

    Empty if the object is none of these.
    """
    values = list(data.values())
    if all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        if has_columns(keys):
            return [(repr(name), value) for name, value in data.items()]
        if has_columns(["image", *keys]):
            return [(repr(name), {"image": name} | value) for name, value in data.items()]
    if any(map(is_image_name, data)) or (values and all(map(_are_texts, values))):
        return [(repr(name), {"image": name, "caption": text}) for name, text in data.items()]
    return []


def _record(line: str) -> object:
    try:
        return json.loads(line, object_pairs_hook=named_once)
    except (ValueError, RecursionError) as error:
        return str(error)


def _of_records(path: Path, records: _Records, split: str, own: bool) -> list[Caption]:
    """A record for each image, with its place in the file: file_name, and text or several."""
    keys = dict.fromkeys(key for _, record in records if isinstance(record, dict) for key in record)
    if not keys:
        raise InputError(
            f'{path}: no record of JSON such as {{"file_name": "a.jpg", "text": "a dog"}}'
        )
    image_key, text_keys = image_column(path, keys), caption_columns(path, keys)
    split_key = split_column(keys)
    captions = []
    for place, record in records:
        where = f"{path.name} {place}"
        if not isinstance(record, dict):
            captions.append(Caption(where, "", "", "", "", f"no record of JSON ({record})"))
            continue
        image = _image(record.get(image_key))
        part = split_of(image, split, own)
        if split_key:
            part = named_split(record.get(split_key))
        fault = row_fault(image, part)
        captions += [
            Caption(where, part or "", image, "", text, fault)
            for key in text_keys
            for text in _texts(record.get(key))
        ]
    return captions


def _image(value: object) -> str:
    """The name of an image, also of one that the datasets library has as bytes and path."""
    return as_word(value.get("path") if isinstance(value, dict) else value) or ""


def _texts(value: object) -> list:
    """The captions of a record: one, or several in a list or in the text of one.

    Or what is `raw` in records of sentences, or the one answer of a conversation about the image,
    as LLaVA's training sets have it.
    """
    if isinstance(value, str):
        return listed(value)
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list) or not value:
        return [value]
    if not all(isinstance(turn, dict) for turn in value):
        return value
    if any("raw" in sentence for sentence in value):
        return [text for sentence in value for text in raw_texts({"raw": None, **sentence})]
    answers = [turn.get("value") for turn in value if turn.get("from") == "gpt"]
    return answers if len(answers) == 1 else [value]


def _are_texts(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
    )


def _with_sentences(path: Path, data: object) -> list[Caption]:
    """JSON of images with filename, split and sentences (raw), and with filepath, their folder."""
    images = data.get("images") if isinstance(data, dict) else None
    if not isinstance(images, list):
        raise InputError(
            f"{path}: expected JSON with a list of images (filename, split, sentences with raw), "
            'a list of records ({"image": "a.jpg", "caption": "a dog"}), or captions by the name '
            'of their image ({"a.jpg": ["a dog"]})'
        )
    captions = []
    for number, entry in enumerate(images):
        where, name = f"{path.name} image {number}", id_of(entry, "filename")
        split = id_of(entry, "split")
        sentences = entry.get("sentences") if isinstance(entry, dict) else None
        if name is None or split is None or not isinstance(sentences, list) or not sentences:
            fault = "entry lacks a filename, a split or sentences"
            captions.append(Caption(where, split or "", name or "", "", "", fault))
            continue
        image = posixpath.join(id_of(entry, "filepath") or "", name)
        texts = [one.get("raw") if isinstance(one, dict) else one for one in sentences]
        captions += [Caption(where, split, image, str(n), text) for n, text in enumerate(texts)]
    return captions
