"""The audit of a data set: what cannot be used is named, then refused or skipped, never dropped.

Its report is a table with the columns item (file or id), problem and action; the actions are
"refused", "skipped", for what can be used after all "converted to RGB", and "ignored" for a file
that is no part of the data set.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
from PIL import Image

from modgap.data.draft import Draft, Problem
from modgap.errors import InputError
from modgap.formats.files import write_text
from modgap.runtime.progress import Progress

_CONVERTED = "converted to RGB"
_RGB_AS_IT_IS = ("RGB", "L")
_CHUNK = 1024
_SHOWN = 5


def audit(
    draft: Draft,
    report: str | os.PathLike,
    name: str,
    *,
    skip_bad: bool = False,
    images: int | None = None,
    texts: int | None = None,
) -> Draft:
    """The usable part of a draft; writes the report whether or not anything is wrong.

    Looks for repeated ids, labels that are no class, files that are missing, empty or damaged,
    images that are not RGB or gray (usable: they are converted), captions without an image and,
    in a data set with captions, images without one. Raises an `InputError` that names the first
    problems; with `skip_bad` it leaves the rows out instead, and a skipped image takes its captions
    along. `images`, `texts`: how many rows the source is known to list, damaged ones included; any
    other number is refused whatever `skip_bad` is.
    """
    problems = list(draft.problems)
    good = _first_of_each(draft.images, "image_id", "image", problems)
    said = _first_of_each(draft.texts, "text_id", "text", problems)
    good = _with_known_labels(good, draft.classes, problems)
    good, converted = _readable(good, draft.root, problems)
    said = _with_image(said, good, draft.images["image_id"], problems)
    good = _with_caption(good, said, problems)
    counted = _miscounted(draft, images, texts)
    refused = counted or (problems and not skip_bad)
    _write_report(report, problems, "refused" if refused else "skipped", converted, draft.ignored)
    if refused:
        raise InputError(_refusal(name, counted, problems, report))
    if good.empty:
        raise InputError(f"data set {name}: no usable image is left; see {report}")
    good, said = good.reset_index(drop=True), said.reset_index(drop=True)
    return Draft(draft.root, good, said, draft.object_factor, draft.attribute_factors)


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


def _miscounted(draft: Draft, images: int | None, texts: int | None) -> str:
    """Which number of rows is not the known one, "" if both are or nothing is known."""
    for what, expected, frame in (("images", images, draft.images), ("texts", texts, draft.texts)):
        if expected is not None and len(frame) != expected:
            return f"{len(frame)} {what} found, {expected} expected"
    return ""


def _write_report(
    path: str | os.PathLike,
    problems: list[Problem],
    action: str,
    converted: list[Problem],
    ignored: list[str],
) -> None:
    rows = [(p.item, p.problem, action) for p in problems]
    rows += [(p.item, p.problem, _CONVERTED) for p in converted]
    rows += [(item, "not an image", "ignored") for item in ignored]
    lines = ["\t".join(_one_line(cell) for cell in row) for row in rows]
    write_text(path, "\n".join(["item\tproblem\taction", *lines]) + "\n")


def _one_line(cell: str) -> str:
    return " ".join(str(cell).split())


def _refusal(name: str, counted: str, problems: list[Problem], report: str | os.PathLike) -> str:
    shown = "; ".join(f"{p.item}: {p.problem}" for p in problems[:_SHOWN])
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    seen = f"{len(problems)} problems: {shown}{more}. All are listed in {report}."
    if not problems:
        seen = "Nothing else is wrong with it."
    if counted:
        return (
            f"data set {name}: {counted}; this is not the declared split or not all of it. {seen} "
            "Correct the folder, or the row of datasets.tsv"
        )
    return (
        f"data set {name}: {seen} Replace the files, or add {name} to skip_bad in the "
        "configuration to leave these rows out"
    )
