"""CIFAR-10 and CIFAR-100 as their authors publish them: Python pickles of pixel rows."""

from pathlib import Path

import numpy as np

from modgap.data.draft import Draft, images_table, prompts_table
from modgap.data.pickles import read_pickle
from modgap.errors import InputError
from modgap.files import whole_file

TEMPLATE = "A photo of a {name}"
_SIDE = 32
_FACTOR = "class"


def cifar10(folder: Path, split: str, out: Path) -> Draft:
    """CIFAR-10: cifar-10-batches-py/{test_batch, data_batch_1…5, batches.meta}.

    Writes the pixels of the split to `out`/pixels.npy, (n, 32, 32, 3) uint8. One prompt per class,
    "A photo of a {class}" (Schrodi et al. 2025, official code).
    """
    batches = ["test_batch"] if split == "test" else [f"data_batch_{i}" for i in range(1, 6)]
    place = folder / "cifar-10-batches-py"
    return _draft(place, batches, "batches.meta", b"labels", b"label_names", split, out)


def cifar100(folder: Path, split: str, out: Path) -> Draft:
    """CIFAR-100 with its 100 fine classes: cifar-100-python/{test, train, meta}."""
    place = folder / "cifar-100-python"
    return _draft(place, [split], "meta", b"fine_labels", b"fine_label_names", split, out)


def _draft(
    place: Path, batches: list[str], meta: str, labels: bytes, names: bytes, split: str, out: Path
) -> Draft:
    if split not in ("train", "test"):
        raise InputError(f"split {split!r} of {place}: expected train or test")
    classes = [name.decode() for name in _part(place / meta, names)]
    pixels = np.concatenate([_pixels(place / batch) for batch in batches])
    numbers = [number for batch in batches for number in _part(place / batch, labels)]
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
