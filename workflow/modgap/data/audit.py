"""The audit of a data set: what cannot be used is named, then refused or skipped, never dropped.

Its report is a table with the columns item (file or id), problem and action; the actions are
"refused", "skipped" and, for what can be used after all, "converted to RGB".
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
from PIL import Image

from modgap.data.draft import Draft, Problem
from modgap.errors import InputError
from modgap.files import write_text
from modgap.progress import Progress

ON_BAD = ("error", "skip")
CONVERTED = "converted to RGB"
_RGB_AS_IT_IS = ("RGB", "L")
_CHUNK = 1024
_SHOWN = 5


def audit(draft: Draft, on_bad: str, report: str | os.PathLike, name: str) -> Draft:
    """The usable part of a draft; writes the report whether or not anything is wrong.

    Looks for repeated ids, labels that are no class, files that are missing, empty or damaged,
    images that are not RGB or gray (usable: they are converted), captions without an image and,
    in a data set with captions, images without one. `on_bad`: "error" raises an `InputError` that
    names the first problems, "skip" leaves the rows out; a skipped image takes its captions along.
    """
    if on_bad not in ON_BAD:
        raise InputError(f"on_bad {on_bad!r} of data set {name}: expected one of {ON_BAD}")
    problems = list(draft.problems)
    images = _first_of_each(draft.images, "image_id", "image", problems)
    texts = _first_of_each(draft.texts, "text_id", "text", problems)
    images = _with_known_labels(images, draft.classes, problems)
    images, converted = _readable(images, draft.root, problems)
    texts = _with_image(texts, images, draft.images["image_id"], problems)
    images = _with_caption(images, texts, problems)
    action = "refused" if on_bad == "error" else "skipped"
    _write_report(report, problems, action, converted)
    if problems and on_bad == "error":
        raise InputError(_refusal(name, problems, report))
    if images.empty:
        raise InputError(f"data set {name}: no usable image is left; see {report}")
    images, texts = images.reset_index(drop=True), texts.reset_index(drop=True)
    return Draft(draft.root, images, texts, draft.object_factor, draft.attribute_factors)


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


def _readable(
    images: pd.DataFrame, root: Path, problems: list[Problem]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Images that decode, and those among them whose colours have to be converted."""
    paths = [path for path in images["path"].unique() if not path.endswith(".npy")]
    faults: dict[str, str] = {}
    modes: dict[str, str] = {}
    progress = Progress(len(paths), "image files checked")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(paths), _CHUNK):
            chunk = paths[start : start + _CHUNK]
            for path, (fault, mode) in zip(
                chunk, pool.map(_look, [root / path for path in chunk]), strict=True
            ):
                if fault:
                    faults[path] = fault
                elif mode not in _RGB_AS_IT_IS:
                    modes[path] = mode
            progress.add(len(chunk))
    problems += [Problem(path, fault) for path, fault in faults.items()]
    converted = [Problem(path, f"colour mode {mode}") for path, mode in modes.items()]
    return images[~images["path"].isin(list(faults))], converted


def _look(path: Path) -> tuple[str, str]:
    """What is wrong with an image file ("" if nothing is) and its colour mode."""
    try:
        if path.stat().st_size == 0:
            return "empty file", ""
        with Image.open(path) as image:
            mode = image.mode
            # Reads a JPEG to its end at an eighth of the size: finds a truncated file, but sooner.
            image.draft(None, (1, 1))
            image.load()
    except FileNotFoundError:
        return "missing file", ""
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return f"cannot be decoded: {error}".replace(str(path), path.name), ""
    return "", mode


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
    if captions.empty:
        return images
    silent = ~images["image_id"].isin(captions["image_id"])
    problems += [Problem(item, "image without caption") for item in images.loc[silent, "image_id"]]
    return images[~silent]


def _write_report(
    path: str | os.PathLike, problems: list[Problem], action: str, converted: list[Problem]
) -> None:
    rows = [(p.item, p.problem, action) for p in problems]
    rows += [(p.item, p.problem, CONVERTED) for p in converted]
    lines = ["\t".join(_one_line(cell) for cell in row) for row in rows]
    write_text(path, "\n".join(["item\tproblem\taction", *lines]) + "\n")


def _one_line(cell: str) -> str:
    return " ".join(str(cell).split())


def _refusal(name: str, problems: list[Problem], report: str | os.PathLike) -> str:
    shown = "; ".join(f"{p.item}: {p.problem}" for p in problems[:_SHOWN])
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return (
        f"data set {name}: {len(problems)} problems: {shown}{more}. All are listed in {report}. "
        "Replace the files, or set on_bad: skip to leave these rows out"
    )


def check_counts(draft: Draft, images: int | None, texts: int | None, name: str) -> None:
    """Compare what a source lists with the published numbers; None is not compared."""
    for what, expected, frame in (("images", images, draft.images), ("texts", texts, draft.texts)):
        if expected is not None and len(frame) != expected:
            raise InputError(
                f"data set {name}: {len(frame)} {what} found, {expected} expected; this is not the "
                "declared split or not all of it. Correct the folder, or the row of datasets.tsv"
            )
