"""Pictures that come within other files, written out as files of their own."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import pandas as pd

from modgap.data.draft import Draft, Note, captions_table, images_table, text_fault
from modgap.data.folders import printable
from modgap.formats.files import full_disk_named

_PICTURES = "pictures"


@dataclass(frozen=True)
class PackedPicture:
    """A picture within a table or archive.

    `place`: where it stands; `name`: what it is called there, if anything; `content`: its encoded
    bytes, empty if it has none; `captions`: words, or what stands in their place, which the audit
    names; `fault`: why there is no picture; `silent`: what is said of one without any caption.
    """

    place: str
    name: str | None
    content: bytes | None
    captions: list = field(default_factory=list)
    fault: str = "row has no picture"
    silent: str = "caption is null"


@dataclass(frozen=True)
class _Written:
    """A picture that is a file now; `file` is "" where there was none.

    `again`: the places that it stands in once more.
    """

    packed: PackedPicture
    file: str
    again: tuple[str, ...] = ()


def unpack_pictures(pictures: Iterable[PackedPicture], out: Path, *, join: bool = False) -> Draft:
    """Write pictures to `out`/pictures and draft them with their captions.

    An image is known by its name where all have one and no two the same, else by its place.
    `join`: a picture of the name and the bytes of an earlier one is this once more, with other
    captions of it.
    """
    target = out / _PICTURES
    partial = out / f".{_PICTURES}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with full_disk_named(target):
        written = _write_all(pictures, partial, join)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return _draft(out, written)


def _write_all(pictures: Iterable[PackedPicture], folder: Path, join: bool) -> list[_Written]:
    written: list[_Written] = []
    places: dict[tuple[str, bytes], int] = {}
    for packed in pictures:
        place = len(written)
        if join and packed.name and packed.content:
            key = packed.name, hashlib.sha256(packed.content).digest()
            place = places.setdefault(key, place)
        if place < len(written):
            written[place] = _joined(written[place], packed)
        else:
            written.append(_write(packed, place, folder))
    return written


def _joined(first: _Written, packed: PackedPicture) -> _Written:
    captions = [*first.packed.captions, *packed.captions]
    again = (*first.again, packed.place)
    return replace(first, packed=replace(first.packed, captions=captions), again=again)


def _write(packed: PackedPicture, number: int, folder: Path) -> _Written:
    if not packed.content:
        return _Written(packed, "")
    # Never by a name from the table or archive, which might lead elsewhere.
    file = f"{number:07d}{_suffix(packed.content)}"
    (folder / file).write_bytes(packed.content)
    # The bytes are on the disk now, and there may be more of them than memory.
    return _Written(replace(packed, content=None), f"{_PICTURES}/{file}")


def _suffix(data: bytes) -> str:
    marks = {b"\xff\xd8": ".jpg", b"\x89PNG": ".png", b"GIF8": ".gif", b"RIFF": ".webp"}
    marks |= {b"II*\0": ".tif", b"MM\0*": ".tif", b"BM": ".bmp"}
    return next((end for mark, end in marks.items() if data.startswith(mark)), ".jpg")


def _draft(out: Path, written: list[_Written]) -> Draft:
    rows = [each.packed for each in written]
    names = [printable(PurePosixPath(row.name).name) if row.name else "" for row in rows]
    named = all(names) and len(set(names)) == len(names)
    ids = names if named else [printable(row.place) for row in rows]
    faults = [None if each.file else each.packed.fault for each in written]
    images = images_table(ids, [each.file for each in written], -1, faults)
    notes = [
        Note(place, f"the picture of {each.packed.place}, by name and bytes", "taken as one image")
        for each in written
        for place in each.again
    ]
    return Draft(out, images, _texts(ids, rows, notes), notes=notes)


def _texts(ids: list[str], rows: list[PackedPicture], notes: list[Note]) -> pd.DataFrame:
    """The captions of all images; those left out go to `notes`."""
    texts: list[tuple[str, str, str, str | None]] = []
    for item, row in zip(ids, rows, strict=True):
        filled = [word for word in row.captions if word is not None]
        faults = [text_fault(word) for word in filled]
        if filled:
            # One of several may be empty; of a picture without any the audit says so.
            missing = len(row.captions) - len(filled)
            notes += [Note(item, "caption is null", "left out")] * missing
        else:
            filled, faults = [""], [text_fault(None) if row.captions else row.silent]
        texts += [
            (f"{item}#{turn}", "" if fault else word, item, fault)
            for turn, (word, fault) in enumerate(zip(filled, faults, strict=True))
        ]
    ids, words, images, faults = zip(*texts, strict=True) if texts else ((), (), (), ())
    return captions_table(ids, words, images, faults)
