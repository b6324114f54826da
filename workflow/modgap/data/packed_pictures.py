"""Pictures that come within other files, written out as files of their own."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from modgap.data.draft import Draft, Note, captions_table, images_table, text_fault
from modgap.data.folders import printable
from modgap.formats.files import full_disk_named

_PICTURES = "pictures"


@dataclass(frozen=True)
class PackedPicture:
    """A picture within a table or archive.

    `place`: where it stands; `name`: what it is called there, if anything; `content`: its encoded
    bytes, empty if it has none; `captions`: words, or what stands in their place, which the audit
    names; `fault`: why there is no picture.
    """

    place: str
    name: str | None
    content: bytes | None
    captions: list = field(default_factory=list)
    fault: str = "row has no picture"


@dataclass(frozen=True)
class _Written:
    """A picture that is a file now; `file` is "" where there was none."""

    packed: PackedPicture
    file: str


def unpack_pictures(pictures: Iterable[PackedPicture], out: Path) -> Draft:
    """Write pictures to `out`/pictures and draft them with their captions.

    An image is known by its name where all have one and no two the same, else by its place.
    """
    target = out / _PICTURES
    partial = out / f".{_PICTURES}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with full_disk_named(target):
        written = [_write(packed, number, partial) for number, packed in enumerate(pictures)]
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return _draft(out, written)


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
    texts, notes = [], []
    for item, row in zip(ids, rows, strict=True):
        # One of several may be empty; of a picture without any the audit says so.
        filled = [word for word in row.captions if word is not None] or [None]
        texts += [(f"{item}#{turn}", word, item) for turn, word in enumerate(filled)]
        notes += [Note(item, "caption is null", "left out")] * (len(row.captions) - len(filled))
    wrong = [text_fault(word) for _, word, _ in texts]
    return Draft(
        out,
        images_table(ids, [each.file for each in written], -1, faults),
        captions_table(
            [name for name, _, _ in texts],
            ["" if fault else word for (_, word, _), fault in zip(texts, wrong, strict=True)],
            [item for _, _, item in texts],
            wrong,
        ),
        notes=notes,
    )
