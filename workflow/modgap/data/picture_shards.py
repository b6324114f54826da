"""Pictures and their captions within shards, as img2dataset and CLIP_benchmark write them."""

import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from modgap.data.draft import Draft, Note, Problem
from modgap.data.folders import is_image_name
from modgap.data.listed_texts import listed
from modgap.data.packed_pictures import PackedPicture, unpack_pictures
from modgap.data.split_files import (
    SHARDS,
    ignored_files,
    need_split_files,
    part_names,
    split_files,
)
from modgap.errors import InputError
from modgap.formats.shards import CAPTION, PACKED, Files, read_samples
from modgap.formats.text import decode
from modgap.runtime.progress import Progress

_RECORD = "json"


def picture_shards(folder: Path, split: str, out: Path) -> Draft:
    """Pictures and captions of one split of a folder of tar files.

    A sample is KEY.jpg (or another suffix of images) with its captions: KEY.json with `caption`,
    words or a list of them, else KEY.txt, of which every line is a caption; a list that was written
    as text is several. An image is known by its key where no two have the same, else by shard and
    key.

    Parameters
    ----------
    folder
        Holds the shards: SPLIT.tar, SPLIT-000000.tar, or any in a folder SPLIT.
    split
        "all" for every shard.
    out
        Where pictures are written as files, in `pictures/`.

    Raises
    ------
    InputError
        Naming the folder: no shard of that split, one that is packed, one that is missing among
        numbered ones, two that may hold the same, or none of them with an image.
    """
    for packed in split_files(folder, split, tuple(name.removeprefix("*") for name in PACKED)):
        if not packed.with_suffix("").is_file():
            raise InputError(
                f"{packed}: a packed shard; unpack it to a .tar (gunzip, unxz, unzstd)"
            )
    notes = [Note(name, what, "ignored") for name, what in ignored_files(folder, SHARDS)]
    problems: list[Problem] = []
    paths = need_split_files(folder, split, SHARDS)
    draft = unpack_pictures(_pictures(part_names(paths, folder), notes, problems), out)
    draft.notes += notes
    draft.problems += problems
    if not (draft.images["path"] != "").any():
        faults = [f"{each.item}: {each.problem}" for each in problems]
        first = next(iter([*faults, *draft.images.get("fault", [])]), "they are empty")
        raise InputError(
            f"{folder}: no image in the shards of split {split!r}; expected KEY.jpg and KEY.txt in "
            f"them ({first})"
        )
    return draft


def _pictures(
    names: dict[Path, str], notes: list[Note], problems: list[Problem]
) -> Iterator[PackedPicture]:
    """The samples of all shards; what a shard is at fault for goes to `problems`.

    `names`: what each shard is called.
    """
    progress = Progress(len(names), "shards read")
    for path, shard in names.items():
        cut: list[str] = []
        hidden: list[str] = []
        key = None
        for picture in read_samples(path, partial(_picture, shard, notes), cut, hidden):
            yield _of_repeated_key(picture) if picture.name == key else picture
            key = picture.name
        notes += [Note(f"{shard}/{name}", "hidden", "ignored") for name in hidden]
        problems += [Problem(shard, fault) for fault in cut]
        progress.add(1)


def _picture(
    shard: str, notes: list[Note], archive: tarfile.TarFile, key: str, files: Files
) -> PackedPicture:
    place = f"{shard}/{key}"
    images = [suffix for suffix in files if is_image_name(f"a.{suffix}") and "." not in suffix]
    if len(images) != 1:
        fault = f"{len(images)} images of one key" if images else "no image"
        fault += (
            f" among {', '.join(sorted(files))}; a key ends at the first dot of a name, and its "
            "files lie side by side (tar --sort=name)"
        )
        return PackedPicture(place, key, None, [], fault)
    content = {
        suffix: archive.extractfile(files[suffix]).read()
        for suffix in (images[0], CAPTION, _RECORD)
        if suffix in files
    }
    captions = _captions(content, place, notes)
    silent = (
        f"no caption among {', '.join(sorted(files))}; expected KEY.txt, or `caption` in KEY.json"
    )
    if CAPTION in files:
        silent = "caption is empty"
    return PackedPicture(place, key, content[images[0]], captions, "image is empty", silent)


def _blanks_aside(texts: list) -> list[str]:
    words = (
        text.decode("utf-8-sig", "replace") if isinstance(text, bytes) else str(text)
        for text in texts
    )
    return " ".join(words).split()


def _of_repeated_key(picture: PackedPicture) -> PackedPicture:
    """A sample right behind one of the same key: nobody can tell what belongs to which."""
    fault = (
        "2 files of one suffix under this key; give each picture, with its caption, a key of its "
        "own"
    )
    place = f"{picture.place} (repeated)"
    return replace(picture, place=place, content=None, captions=[], fault=fault)


def _captions(content: Mapping[str, bytes], place: str, notes: list[Note]) -> list:
    """The captions of a sample; what is none stays what it is, for the audit to name."""
    record = None
    if _RECORD in content:
        try:
            record = json.loads(content[_RECORD])
        except (ValueError, RecursionError):
            notes.append(Note(f"{place}.{_RECORD}", "no JSON", "ignored"))
    caption = record.get("caption") if isinstance(record, dict) else None
    if caption is not None:
        captions = caption if isinstance(caption, list) else [caption]
        if CAPTION in content and _blanks_aside(captions) != _blanks_aside([content[CAPTION]]):
            notes.append(Note(f"{place}.{CAPTION}", "not the caption of its .json", "ignored"))
        return listed(caption) if isinstance(caption, str) else captions
    try:
        text = decode(content.get(CAPTION, b""), f"{place}.{CAPTION}")
    except InputError:
        # Bytes are no words, which is what the audit says of them.
        return [content[CAPTION]]
    if (texts := listed(text)) != [text]:
        return texts
    words = [line for line in text.split("\n") if line.strip()]
    if len(words) > 1:
        notes.append(Note(f"{place}.{CAPTION}", f"{len(words)} lines", "each taken as a caption"))
    return words
