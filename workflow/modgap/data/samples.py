"""The first captions of a data set with their images, small enough to print."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from modgap.errors import InputError
from modgap.formats.manifest import read_manifest

LONGEST = 256  # pixels of an image file's longer edge
COLUMNS = ("dataset", "caption", "height", "width", "pixels")


def samples(
    manifest_folder: str | os.PathLike, pixels_path: str | os.PathLike | None, count: int
) -> pd.DataFrame:
    """The first captions of a data set, each with the image that it describes.

    Parameters
    ----------
    manifest_folder
        The manifest of one split.
    pixels_path
        The .npy array, (n, height, width, 3) uint8, whose rows the images are; None or "" where
        they are files.
    count
        How many, at least 1; fewer if the data set has fewer captions.

    Returns
    -------
    pandas.DataFrame
        One row per caption: dataset, caption, height, width (pixels), pixels (bytes of height ×
        width × 3 values of 8 bits, RGB). The rows of an array are as they are; files are reduced
        to `LONGEST` pixels at their longer edge.

    Raises
    ------
    InputError
        If `count` is below 1, an image cannot be read, or the array is not that of the manifest.
    """
    if count < 1:
        raise InputError(f"count: {count}, expected at least 1 sample")
    manifest = read_manifest(manifest_folder)
    captions = manifest.texts[manifest.texts["kind"] == "caption"].head(count)
    images = manifest.images.set_index("image_id").loc[captions["image_id"]]
    if pixels_path:
        pictures = _of_array(images["row"].to_numpy(np.int64), Path(pixels_path))
    else:
        pictures = [_of_file(Path(manifest.root) / path) for path in images["path"]]
    rows = [
        (manifest.dataset, caption, *pixels.shape[:2], pixels.tobytes())
        for caption, pixels in zip(captions["text"], pictures, strict=True)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _of_array(rows: np.ndarray, path: Path) -> np.ndarray:
    try:
        pixels = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable .npy array ({error})") from error
    if pixels.ndim != 4 or pixels.shape[3] != 3 or pixels.dtype != np.uint8:
        raise InputError(
            f"{path}: {pixels.dtype} array of shape {pixels.shape}; expected uint8 pixels of shape "
            "(n, height, width, 3)"
        )
    outside = rows[(rows < 0) | (rows >= len(pixels))]
    if len(outside):
        raise InputError(
            f"{path}: holds {len(pixels)} images, but the manifest asks for row {outside[0]}; "
            "build the manifest again, or leave the array out where the images are files"
        )
    return pixels[rows]


def _of_file(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            picture = image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(
            f"{path}: cannot be decoded ({error}). Replace the file or remove it from the data set"
        ) from error
    picture.thumbnail((LONGEST, LONGEST))
    return np.asarray(picture)
