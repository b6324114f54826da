"""Lists of captions in the layouts that other tools and publishers write, for `caption_folder`.

Snakemake asks at every start which lists there may be, so nothing here needs more than the standard
library.
"""

import json
import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from modgap.data.folders import list_images
from modgap.data.records import id_of, read_json
from modgap.errors import InputError
from modgap.formats.text import read_lines, read_rows

# The split of a list, or of a folder, that has no parts.
WHOLE = "all"
# One's own table goes before the lists of others.
TABLE = "captions.tsv"
# A split's own list, in the folder of its images, goes before one for the whole folder.
OF_ONE_SPLIT = ("{split}/metadata.jsonl", "{split}/metadata.csv")
OF_ALL = (
    *("metadata.jsonl", "metadata.csv", "captions.txt", "captions.csv", "results.csv"),
    *("Flickr8k.token.txt", "results_20130124.token"),
    *("dataset_coco.json", "dataset_flickr8k.json", "dataset_flickr30k.json"),
)
# Less telling names, where there is none of these.
BY_SPLIT = ("{split}.jsonl", "{split}.json", "{split}.csv")
BY_KIND = ("captions.jsonl", "captions.json", "annotations.json")
# Beside the Flickr8k.token.txt: the images of a split, one name per line.
IMAGES_OF_SPLIT = "Flickr_8k.{split}Images.txt"
# What lies beside an image of the same name if each has its caption in a file of its own: the
# caption, and what a downloader says of the image.
BESIDE = (".txt", ".json")
# Names of columns; those of the second line where there is none of the first.
_IMAGE_COLUMNS = (
    ("file_name", "image", "image_name", "filename"),
    ("image_path", "img_path", "image_file", "filepath", "file_path", "path", "file", "img"),
)
_CAPTION_COLUMNS = (
    ("text", "caption", "comment"),
    ("captions", "sentences", "sentence", "description"),
)
_INDEX_COLUMN = "comment_number"
_TOKEN = re.compile(r"([^\t]+)#(\d+)\t(.*)")


@dataclass(frozen=True)
class Caption:
    """A row of a list: where it stands, and why it cannot be used; `text` is as the list has it."""

    where: str
    split: str
    image: str
    index: str
    text: object
    fault: str | None = None


@dataclass(frozen=True)
class CaptionList:
    """The captions of a list of a folder.

    `place`: the folder of the images, relative to that of the data set, "" for this itself;
    `files`: what was read, relative to `place`; `notes`: (file, what it is, what was done).
    """

    name: str
    captions: list[Caption]
    place: str
    files: frozenset[str] = frozenset()
    notes: tuple[tuple[str, str, str], ...] = ()


def lists_in(folder: Path, split: str) -> list[str]:
    """The lists of captions that a folder has for a split, by name; more than one is unsound."""
    own, by_split = (
        [name.format(split=split) for name in names] for names in (OF_ONE_SPLIT, BY_SPLIT)
    )
    for names in ((TABLE,), own, OF_ALL, by_split, BY_KIND):
        if there := [name for name in names if (folder / name).is_file()]:
            return there
    return []


def read_captions(folder: Path, split: str) -> CaptionList | None:
    """The captions of a folder that has another list than captions.tsv, None if it has none.

    A list without splits is the split "all"; where its names begin with a folder, these images are
    the split of this name too.

    Raises
    ------
    InputError
        If there are two lists, or one is not of the layout that its name stands for.
    """
    there = lists_in(folder, split)
    if len(there) > 1:
        raise InputError(
            f"{folder}: holds {len(there)} lists of captions, {' and '.join(there)}; leave the one "
            "that is meant"
        )
    if not there:
        return None
    path = folder / there[0]
    captions = _read(path, split)
    if there[0] not in (*OF_ALL, *BY_KIND):
        captions = [replace(caption, split=split) for caption in captions]
    return CaptionList(there[0], captions, _place(folder, split), frozenset((*there, path.name)))


def _place(folder: Path, split: str) -> str:
    """The folder of the images: the split's, `images`, or else the innermost that holds all."""
    for name in (split, "images"):
        if (folder / name).is_dir():
            return name
    parents = [posixpath.dirname(name) for name in list_images(folder).images]
    return posixpath.commonpath(parents) if parents and all(parents) else ""


def _read(path: Path, split: str) -> list[Caption]:
    if path.suffix == ".json":
        return _of_json(path, split)
    if path.suffix == ".jsonl":
        lines = read_lines(path)
        return _of_records(path, [(f"line {n}", _record(t)) for n, t in lines if t.strip()], split)
    lines = read_lines(path)
    first = next((line for _, line in lines if line.strip()), "")
    if _TOKEN.fullmatch(first):
        return _of_tokens(path, lines, split)
    if "|" in first:
        rows = [(number, _barred(line, first)) for number, line in lines if line.strip()]
    else:
        # A spreadsheet writes what its country parts cells by.
        rows = read_rows(path, next((m for m in ";\t" if m in first and "," not in first), ","))
    return _of_table(path, rows, split)


def _barred(line: str, header: str) -> list[str]:
    """The cells of a line that bars part; in the last one a bar is a character."""
    return [cell.strip() for cell in line.split("|", header.count("|"))]


def _of_table(path: Path, rows: list[tuple[int, list[str]]], split: str) -> list[Caption]:
    """A table with a header, one row per caption: image, caption and, if given, its number."""
    header = [cell.lower() for cell in rows[0][1]] if rows else []
    columns = [_column(path, header, names) for names in (_IMAGE_COLUMNS, _CAPTION_COLUMNS)]
    named, index, captions = "split" in header, _INDEX_COLUMN in header, []
    turns: Counter[str] = Counter()
    for number, cells in rows[1:]:
        where, row = f"{path.name} line {number}", dict(zip(header, cells, strict=False))
        if len(cells) != len(header):
            fault = f"{len(cells)} cells, expected one for each of {header}"
            captions.append(Caption(where, "", "", "", "", fault))
            continue
        image, text = (row[column] for column in columns)
        turn = row[_INDEX_COLUMN] if index else str(turns[image])
        turns[image] += 1
        part = row["split"] if named else _split_of(image, split)
        captions.append(Caption(where, part, image, turn, text, _nameless(image)))
    return captions


def _column(path: Path, header: Iterable[str], names: tuple[tuple[str, ...], ...]) -> str:
    """The one column of these names, of which the first that there are count."""
    header = list(header)
    kinds = [[name for name in header if name in kind] for kind in names]
    found = next(filter(None, kinds), [])
    if len(found) == 1:
        return found[0]
    seen = f"its columns are {header}"
    if found:
        raise InputError(f"{path}: {' and '.join(found)} may be meant; leave one. {seen}")
    raise InputError(
        f"{path}: no column {' or '.join(names[0])}; {seen}. Rename the one that is meant"
    )


def _split_of(image: str, split: str) -> str:
    """The split of an image that a list gives none: the folder in its name, or the whole."""
    image = image.replace("\\", "/").removeprefix("./")
    if split == WHOLE or image.startswith(f"{split}/"):
        return split
    return image.partition("/")[0] if "/" in image else WHOLE


def _nameless(image: str) -> str | None:
    return None if image else "row names no image"


def _of_records(path: Path, records: list[tuple[str, object]], split: str) -> list[Caption]:
    """A record for each image, with its place in the file: file_name, and text or several."""
    keys = dict.fromkeys(key for _, record in records if isinstance(record, dict) for key in record)
    if not keys:
        raise InputError(
            f'{path}: no record of JSON such as {{"file_name": "a.jpg", "text": "a dog"}}'
        )
    image_key, text_key = (_column(path, keys, n) for n in (_IMAGE_COLUMNS, _CAPTION_COLUMNS))
    turns: Counter[str] = Counter()
    captions = []
    for place, record in records:
        where = f"{path.name} {place}"
        if not isinstance(record, dict):
            captions.append(Caption(where, "", "", "", "", f"no record of JSON ({record})"))
            continue
        image, texts = id_of(record, image_key) or "", record.get(text_key)
        part = str(record.get("split") or _split_of(image, split))
        for text in texts if isinstance(texts, list) and texts else [texts]:
            captions.append(Caption(where, part, image, str(turns[image]), text, _nameless(image)))
            turns[image] += 1
    return captions


def _of_json(path: Path, split: str) -> list[Caption]:
    """A list of records, captions by the name of their image, or Karpathy's splits."""
    data = read_json(path)
    if isinstance(data, list) and data:
        return _of_records(path, [(f"record {n}", record) for n, record in enumerate(data)], split)
    if isinstance(data, dict) and "annotations" in data:
        raise InputError(
            f"{path}: captions in the layout of COCO, which the adapter coco reads: "
            "annotations/captions_SPLIT.json beside the images in a folder SPLIT"
        )
    if isinstance(data, dict) and data and all(map(_are_texts, data.values())):
        records = [{"image": name, "caption": texts} for name, texts in data.items()]
        return _of_records(path, [(f"{r['image']!r}", r) for r in records], split)
    return _with_sentences(path, data)


def _record(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return str(error)


def _of_tokens(path: Path, lines: list[tuple[int, str]], split: str) -> list[Caption]:
    """Lines of an image, #, the number of its caption, a tab and the caption."""
    captions: list[Caption] = []
    for number, line in lines:
        where, match = f"{path.name} line {number}", _TOKEN.fullmatch(line)
        if match:
            image = match[1].strip()
            captions.append(Caption(where, _split_of(image, split), image, match[2], match[3]))
        elif line.strip():
            fault = "expected an image, #, a number, a tab and the caption"
            captions.append(Caption(where, "", "", "", "", fault))
    listed = path.with_name(IMAGES_OF_SPLIT.format(split=split))
    return _of_listed(captions, listed, split) if listed.is_file() else captions


def _of_listed(captions: list[Caption], listed: Path, split: str) -> list[Caption]:
    """The captions with this split where a list beside them names their image."""
    lines = {line.strip(): number for number, line in read_lines(listed) if line.strip()}
    captions = [
        caption
        if caption.fault
        else replace(caption, split=split if caption.image in lines else WHOLE)
        for caption in captions
    ]
    known = {caption.image for caption in captions}
    return captions + [
        Caption(f"{listed.name} line {number}", "", "", "", "", f"no caption of {image}")
        for image, number in lines.items()
        if image not in known
    ]


def _are_texts(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
    )


def _with_sentences(path: Path, data: object) -> list[Caption]:
    """JSON of images with filename, split and sentences (raw), and with filepath, their folder."""
    images = data.get("images") if isinstance(data, dict) else None
    if not isinstance(images, list):
        raise InputError(
            f"{path}: expected JSON with a list of images (filename, split, sentences with raw)"
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
