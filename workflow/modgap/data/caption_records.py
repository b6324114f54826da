"""Lists of captions in JSON: records, captions by the name of their image, Karpathy's splits."""

import json
import posixpath
from pathlib import Path

from modgap.data.caption_rows import (
    CAPTION_COLUMNS,
    IMAGE_COLUMNS,
    Caption,
    column,
    named_split,
    row_fault,
    split_of,
)
from modgap.data.folders import is_image_name
from modgap.data.listed_texts import listed
from modgap.data.records import id_of, named_once, read_json
from modgap.errors import InputError
from modgap.formats.text import read_lines


def captions_of_lines(path: Path, split: str, own: bool) -> list[Caption]:
    """The captions of a file with a record of JSON in each line.

    Parameters
    ----------
    path
        Its records have an image and a text, or a list of texts.
    split, own
        As `modgap.data.caption_rows.split_of` has them.

    Raises
    ------
    InputError
        If no line is a record, or the records do not say which key is the image and which the text.
    """
    lines = [(f"line {n}", _record(line)) for n, line in read_lines(path) if line.strip()]
    return _of_records(path, lines, split, own)


def captions_of_json(path: Path, split: str, own: bool) -> list[Caption]:
    """The same of a file that is JSON as a whole; it has one of three layouts.

    A list of records; captions by the name of their image; images with sentences and splits.
    """
    data = read_json(path)
    if isinstance(data, list) and data:
        records = [(f"record {n}", record) for n, record in enumerate(data)]
        return _of_records(path, records, split, own)
    if isinstance(data, dict) and "annotations" in data:
        raise InputError(
            f"{path}: captions in the layout of COCO, which the adapter coco reads: "
            "annotations/captions_SPLIT.json beside the images in a folder SPLIT"
        )
    if isinstance(data, dict) and _is_by_image(data):
        records = [{"image": name, "caption": texts} for name, texts in data.items()]
        return _of_records(path, [(f"{r['image']!r}", r) for r in records], split, own)
    return _with_sentences(path, data)


def _record(line: str) -> object:
    try:
        return json.loads(line, object_pairs_hook=named_once)
    except (ValueError, RecursionError) as error:
        return str(error)


def _of_records(
    path: Path, records: list[tuple[str, object]], split: str, own: bool
) -> list[Caption]:
    """A record for each image, with its place in the file: file_name, and text or several."""
    keys = dict.fromkeys(key for _, record in records if isinstance(record, dict) for key in record)
    if not keys:
        raise InputError(
            f'{path}: no record of JSON such as {{"file_name": "a.jpg", "text": "a dog"}}'
        )
    image_key, text_key = (column(path, keys, n) for n in (IMAGE_COLUMNS, CAPTION_COLUMNS))
    captions = []
    for place, record in records:
        where = f"{path.name} {place}"
        if not isinstance(record, dict):
            captions.append(Caption(where, "", "", "", "", f"no record of JSON ({record})"))
            continue
        image = id_of(record, image_key) or ""
        part = split_of(image, split, own)
        if "split" in keys:
            part = named_split(record.get("split"))
        fault = row_fault(image, part)
        captions += [
            Caption(where, part or "", image, "", text, fault)
            for text in _texts(record.get(text_key))
        ]
    return captions


def _texts(value: object) -> list:
    """The captions of a record: one, or several in a list or in the text of one.

    Or the one answer of a conversation about the image, as LLaVA's training sets have it.
    """
    if isinstance(value, str):
        return listed(value)
    if not isinstance(value, list) or not value:
        return [value]
    if all(isinstance(turn, dict) for turn in value):
        answers = [turn.get("value") for turn in value if turn.get("from") == "gpt"]
        return answers if len(answers) == 1 else [value]
    return value


def _is_by_image(data: dict) -> bool:
    """Whether the keys are images and the values captions, but perhaps for some that lack any."""
    return any(map(is_image_name, data)) or (bool(data) and all(map(_are_texts, data.values())))


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
