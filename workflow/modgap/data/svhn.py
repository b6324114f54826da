"""SVHN: house numbers cropped to single digits, as their authors publish them."""

import hashlib
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from modgap.data.draft import Draft, images_table, prompts_table
from modgap.data.records import as_word
from modgap.errors import InputError
from modgap.formats.files import whole_file
from modgap.formats.text import check_file

# Liang et al. 2022, official code.
TEMPLATE = 'a street sign of the number: "{name}".'
_DIGITS = [str(digit) for digit in range(10)]
_NUMBERS = {str(number) for number in range(1, 11)}
_FACTOR = "digit"
_SHAPE = (32, 32, 3)


def svhn(folder: Path, split: str, out: Path) -> Draft:
    """Digits of one split: `<split>_32x32.mat`, format 2 of the authors.

    Parameters
    ----------
    folder
        Holds the file: X (32, 32, 3, n) uint8 and y (n, 1), in which 10 stands for the digit 0.
    split
        "test", "train" or "extra".
    out
        Where pixels.npy, (n, 32, 32, 3) uint8, is written.

    Returns
    -------
    Draft
        One label column, digit, and one prompt per digit.

    Raises
    ------
    InputError
        For another split, a missing or damaged file, arrays of other shapes, and a label that is no
        digit.
    """
    if split not in ("test", "train", "extra"):
        raise InputError(f"split {split!r} of {folder}: expected test, train or extra")
    path = folder / f"{split}_32x32.mat"
    pixels, digits = _read(path)
    with whole_file(out / "pixels.npy") as partial:
        np.save(partial, pixels)
    ids = [f"{split}-{number:06d}" for number in range(len(pixels))]
    labels = [str(digit % 10) for digit in digits]
    images = images_table(ids, "pixels.npy", range(len(pixels)), **{_FACTOR: labels})
    texts = prompts_table(_FACTOR, TEMPLATE, {digit: digit for digit in _DIGITS})
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return Draft(out, images, texts, _FACTOR, classes={_FACTOR: _DIGITS}, pixels=digest)


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 32, 32, 3) and labels (n,), 10 for the digit 0."""
    check_file(path)
    try:
        content = loadmat(path, variable_names=["X", "y"])
    except Exception as error:  # a damaged file raises whatever its parts happen to spell
        raise InputError(f"{path}: no MATLAB file of version 5 ({error})") from error
    pixels, digits = content.get("X"), content.get("y")
    if pixels is None or pixels.shape[:3] != _SHAPE or pixels.ndim != 4 or pixels.dtype != np.uint8:
        raise InputError(f"{path}: expected X of shape (32, 32, 3, n), uint8")
    if digits is None or digits.size != pixels.shape[3]:
        raise InputError(f"{path}: expected y with one label for each of {pixels.shape[3]} images")
    digits = [as_word(value) for value in digits.ravel().tolist()]
    for number, digit in enumerate(digits):
        if digit not in _NUMBERS:
            value = content["y"].ravel()[number]
            raise InputError(f"{path}: y of image {number} is {value}, expected 1 to 10")
    return np.ascontiguousarray(pixels.transpose(3, 0, 1, 2)), np.array(digits, dtype=int)
