"""The audit of a data set: what cannot be used is named, then refused or skipped, never dropped.

Its report is a table with the columns item (file or id), problem and action. The action is
"refused" or "skipped" for a fault; for what can be used after all "converted to RGB", "scaled to 8
bit", "turned upright", "one class", "one drawing", "cut" to a number of words, "taken as" what is
meant, "kept" for what looks like another, and "ignored" for what is no part of the data set.
"""

import hashlib
import os
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pandas as pd
from PIL import Image, UnidentifiedImageError

from modgap.data.audit_report import log_counts, refusal, write_report
from modgap.data.classes import merge_classes
from modgap.data.draft import FAULT, Draft, Note, Problem, text_fault
from modgap.data.unidentified import unidentified
from modgap.errors import InputError
from modgap.formats.pictures import changes
from modgap.runtime.progress import Progress
from modgap.runtime.threads import thread_count

# Of the sides of an image: resized with its shorter side to 224, one of 1 × 100,000 pixels would
# take 15 GB. Real pictures, panoramas included, stay far below.
_LONGEST_TO_SHORTEST = 200
_CHUNK = 1024


def audit(
    draft: Draft,
    report: str | os.PathLike,
    name: str,
    *,
    skip_bad: bool = False,
    images: int | None = None,
    texts: int | None = None,
) -> Draft:
    """Return the usable part of a draft; write the report whether or not anything is wrong.

    Looks for rows that the adapter found a fault in, texts without words, repeated ids, labels that
    are no class, files that are missing, empty, damaged or far too long, images that are not RGB
    or gray (usable: they are converted), captions without an image and, in a data set with
    captions, images without one. Classes with the same prompt become one (`merge_classes`).

    Parameters
    ----------
    draft
        What an adapter read.
    report
        Path of the report, a table of text.
    name
        What errors call the data set.
    skip_bad
        Leave out the rows with a fault instead of refusing the data set; a skipped image takes its
        captions along.
    images, texts
        How many rows the source is known to list, damaged ones included; any other number is
        refused whatever `skip_bad` is.

    Raises
    ------
    InputError
        Naming the first problems, or the number of rows that is not the known one.
    """
    problems, notes = list(draft.problems), list(draft.notes)
    kept_images = _without_faults(draft.images, "image_id", problems)
    kept_texts = _without_faults(_with_faults_of_texts(draft.texts), "text_id", problems)
    kept_images = _first_of_each(kept_images, "image_id", "image", problems)
    kept_texts = _first_of_each(kept_texts, "text_id", "text", problems)
    kept_images = _with_known_labels(kept_images, draft.classes, problems)
    kept_images, pictures = _readable(kept_images, draft.root, problems, notes)
    kept_texts = _with_image(kept_texts, kept_images, draft.images["image_id"], problems)
    if (draft.texts["kind"] == "caption").any():
        kept_images = _with_caption(kept_images, kept_texts, problems)
    clean = merge_classes(replace(draft, images=kept_images, texts=kept_texts, notes=notes))
    counted = _miscounted(draft, images, texts)
    refused = counted or (problems and not skip_bad)
    action = "refused" if refused else "skipped"
    notes = [Note(p.item, p.problem, action) for p in problems] + clean.notes
    write_report(report, notes)
    log_counts(name, notes, report)
    if refused:
        raise InputError(refusal(name, counted, problems, report))
    if kept_images.empty:
        raise InputError(f"data set {name}: no usable image is left; see {report}")
    return Draft(
        draft.root,
        clean.images.reset_index(drop=True),
        clean.texts.reset_index(drop=True),
        draft.object_factor,
        draft.attribute_factors,
        pixels=_pixels(draft.pixels, clean.images["path"], pictures),
    )


def _without_faults(frame: pd.DataFrame, column: str, problems: list[Problem]) -> pd.DataFrame:
    if FAULT not in frame:
        return frame
    bad = frame[FAULT].notna()
    rows = frame.loc[bad, [column, FAULT]].itertuples(index=False)
    problems += [Problem(item, fault) for item, fault in rows]
    return frame[~bad].drop(columns=FAULT)


def _with_faults_of_texts(texts: pd.DataFrame) -> pd.DataFrame:
    """The same, with a fault in every row whose text is none and that has no other yet."""
    words = texts["text"].astype(object).where(texts["text"].notna(), None)
    faults = words.map(text_fault)
    if FAULT in texts:
        faults = texts[FAULT].astype(object).where(texts[FAULT].notna(), faults)
    return texts.assign(**{FAULT: faults})


def _first_of_each(
    frame: pd.DataFrame, column: str, what: str, problems: list[Problem]
) -> pd.DataFrame:
    repeated = frame[column].duplicated()
    problems += [Problem(item, f"{what} id used before") for item in frame.loc[repeated, column]]
    return frame[~repeated]


def _with_known_labels(
    images: pd.DataFrame, classes: dict[str, list[str]], problems: list[Problem]
) -> pd.DataFrame:
    for factor, labels in classes.items():
        unknown = ~images[factor].isin(labels)
        rows = images.loc[unknown, ["image_id", factor]].itertuples(index=False)
        problems += [
            Problem(item, f"{factor} {label!r} is not in the list of classes")
            for item, label in rows
        ]
        images = images[~unknown]
    return images


class _Picture(NamedTuple):
    """An image file: its fault ("" if none), what is done to it (`changes`) and its SHA-256."""

    fault: str
    changes: tuple[tuple[str, str], ...] = ()
    sha256: str = ""


def _readable(
    images: pd.DataFrame, root: Path, problems: list[Problem], notes: list[Note]
) -> tuple[pd.DataFrame, dict[str, _Picture]]:
    """Images that decode, and the files by path; notes those whose colours are converted."""
    # Rows of an array have a number; a file that a list names is a picture whatever its name.
    paths = images.loc[images["row"] < 0, "path"].unique().tolist()
    pictures: dict[str, _Picture] = {}
    progress = Progress(len(paths), "image files checked")
    with ThreadPoolExecutor(thread_count()) as pool:
        for start in range(0, len(paths), _CHUNK):
            chunk = paths[start : start + _CHUNK]
            looks = pool.map(_look, [root / path for path in chunk])
            pictures.update(zip(chunk, looks, strict=True))
            progress.add(len(chunk))
    faults = {path: picture.fault for path, picture in pictures.items() if picture.fault}
    problems += [Problem(path, fault) for path, fault in faults.items()]
    notes += [
        Note(path, what, action)
        for path, picture in pictures.items()
        for what, action in picture.changes
    ]
    notes += _same_files(pictures)
    usable = images[~images["path"].isin(list(faults))]
    notes += _listed_again(usable[usable["row"] < 0])
    return usable, pictures


def _same_files(pictures: dict[str, _Picture]) -> list[Note]:
    """Image files that are an earlier one once more: what a site shows for any that is gone."""
    first: dict[str, str] = {}
    return [
        Note(path, f"the same file as {first[picture.sha256]}", "kept")
        for path, picture in pictures.items()
        if picture.sha256 and first.setdefault(picture.sha256, path) != path
    ]


def _listed_again(files: pd.DataFrame) -> list[Note]:
    """Images of one and the same file, under ids of their own."""
    first = files.drop_duplicates("path").set_index("path")["image_id"]
    again = files[files["path"].duplicated()]
    return [
        Note(image, f"image of the same file as {first[path]}: {path}", "kept")
        for image, path in zip(again["image_id"], again["path"], strict=True)
    ]


def _look(path: Path) -> _Picture:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return _Picture("link to no file" if path.is_symlink() else "missing file")
    except (OSError, ValueError) as error:
        return _Picture(f"cannot be read: {_reason(error, path)}")
    if stat.S_ISDIR(status.st_mode):
        return _Picture("a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        return _Picture("not a regular file")
    if status.st_size == 0:
        return _Picture("empty file")
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            return _decoded(file, sha256)
    except UnidentifiedImageError:
        return _Picture(unidentified(path))
    except Exception as error:  # a decoder meets damage with whatever class comes to its mind
        return _Picture(f"cannot be decoded: {_reason(error, path)}")


def _decoded(file: BinaryIO, sha256: str) -> _Picture:
    with Image.open(file) as image:
        sides = image.size
        if max(sides) > _LONGEST_TO_SHORTEST * min(sides):
            return _Picture(
                f"{sides[0]} × {sides[1]} pixels: one side more than {_LONGEST_TO_SHORTEST} times "
                "the other"
            )
        # Reads a JPEG to its end at an eighth of the size: finds a truncated file, but sooner.
        image.draft(None, (1, 1))
        try:
            made = changes(image)
        except InputError as error:
            return _Picture(str(error))
        image.load()
    return _Picture("", tuple(made), sha256)


def _reason(error: Exception, path: Path) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.replace(str(path), path.name)


def _pixels(own: str, paths: Iterable[str], pictures: dict[str, _Picture]) -> str:
    """One SHA-256 for what the images of a manifest look like, "" if that is not known."""
    if not pictures:
        return own
    digest = hashlib.sha256(own.encode())
    for path in paths:
        digest.update(f"{path}\0{pictures[path].sha256 if path in pictures else ''}\n".encode())
    return digest.hexdigest()


def _with_image(
    texts: pd.DataFrame, images: pd.DataFrame, listed: pd.Series, problems: list[Problem]
) -> pd.DataFrame:
    captions = texts["kind"] == "caption"
    orphan = captions & ~texts["image_id"].isin(listed)
    problems += [
        Problem(row.text_id, f"caption of {row.image_id}, which is no image of the data set")
        for row in texts[orphan].itertuples()
    ]
    return texts[~captions | texts["image_id"].isin(images["image_id"])]


def _with_caption(
    images: pd.DataFrame, texts: pd.DataFrame, problems: list[Problem]
) -> pd.DataFrame:
    captions = texts[texts["kind"] == "caption"]
    silent = ~images["image_id"].isin(captions["image_id"])
    problems += [Problem(item, "image without caption") for item in images.loc[silent, "image_id"]]
    return images[~silent]


def _miscounted(draft: Draft, images: int | None, texts: int | None) -> str:
    """Which number of rows is not the known one, "" if both are or nothing is known."""
    for what, expected, frame in (("images", images, draft.images), ("texts", texts, draft.texts)):
        if expected is not None and len(frame) != expected:
            return f"{len(frame)} {what} found, {expected} expected"
    return ""
