"""The first captions of a data set with their images, small enough to print."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.formats.pictures import read_picture

LONGEST = 256  # pixels of an image file's longer edge
COLUMNS = ("dataset", "caption", "height", "width", "pixels")


def samples(manifest_folder: str | os.PathLike, count: int) -> pd.DataFrame:
    """The first captions of a data set, each with the image that it describes.

    Parameters
    ----------
    manifest_folder
        The manifest of one split.
    count
        How many, at least 1; fewer if the data set has fewer captions.

    Returns
    -------
    pandas.DataFrame
        One row per caption: dataset, caption, height, width (pixels), pixels (bytes of height ×
        width × 3 values of 8 bits, RGB). Rows of a .npy array are as they are; image files are
        reduced to `LONGEST` pixels at their longer edge.

    Raises
    ------
    InputError
        If `count` is below 1, an image cannot be read, or an array is not that of the manifest.
    """
    if count < 1:
        raise InputError(f"count: {count}, expected at least 1 sample")
    manifest = read_manifest(manifest_folder)
    captions = manifest.texts[manifest.texts["kind"] == "caption"].head(count)
    images = manifest.images.set_index("image_id").loc[captions["image_id"]]
    places = zip(images["path"], images["row"], captions["text"], strict=True)
    rows = []
    for path, row, caption in places:
        pixels = _pixels(Path(manifest.root) / path, int(row))
        rows.append((manifest.dataset, caption, *pixels.shape[:2], pixels.tobytes()))
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _pixels(path: Path, row: int) -> np.ndarray:
    return _of_array(path, row) if path.suffix == ".npy" else _of_file(path)


def _of_array(path: Path, row: int) -> np.ndarray:
    try:
        pixels = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable .npy array ({error})") from error
    if pixels.ndim != 4 or pixels.shape[3] != 3 or pixels.dtype != np.uint8:
        raise InputError(
            f"{path}: {pixels.dtype} array of shape {pixels.shape}; expected uint8 pixels of shape "
            "(n, height, width, 3)"
        )
    if not 0 <= row < len(pixels):
        raise InputError(
            f"{path}: holds {len(pixels)} images, but the manifest asks for row {row}; build the "
            "manifest again"
        )
    return pixels[row]


def _of_file(path: Path) -> np.ndarray:
    picture = read_picture(path).convert("RGB")
    picture.thumbnail((LONGEST, LONGEST))
    return np.asarray(picture)
