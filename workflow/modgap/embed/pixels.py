"""The pixel cache: decoded, resized images, made once per data set and preprocessing.

A cache is a folder with `cache.json` and, unless the data set's own array already has the right
size, `pixels.npy`: (n, height, width, 3) uint8, one row per manifest image, in manifest order. The
normalisation (mean, standard deviation) is left to each model.
"""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from modgap.errors import InputError
from modgap.formats.files import whole_file, write_text
from modgap.formats.manifest import Manifest, read_manifest
from modgap.formats.pictures import read_picture
from modgap.formats.preprocessing import Preprocessing
from modgap.runtime.progress import Progress

_CHUNK = 512


@dataclass(frozen=True)
class PixelCache:
    """Image i of the manifest is `pixels[rows[i]]`, (height, width, 3) uint8, memory-mapped."""

    pixels: np.ndarray
    rows: np.ndarray
    preprocessing: Preprocessing

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, start: int, stop: int) -> np.ndarray:
        """Images start … stop − 1, (stop − start, height, width, 3) uint8; not to be changed."""
        return self.pixels[start:stop] if self._in_order else self.pixels[self.rows[start:stop]]

    @cached_property
    def _in_order(self) -> bool:
        return np.array_equal(self.rows, np.arange(len(self.rows)))


def build_pixel_cache(
    manifest_folder: str | os.PathLike,
    preprocessing: Preprocessing,
    folder: str | os.PathLike,
    *,
    workers: int | None = None,
) -> PixelCache:
    """Make the cache of one manifest under one preprocessing and open it.

    Where every image is a row of one .npy array that already has the size, no pixel is copied:
    the cache refers to that array. `workers`: decoding threads (default: all cores; Pillow decodes
    and resizes outside Python's lock). Raises `InputError` naming an image that cannot be decoded,
    or the folder and the room needed if the disk is full; then nothing half-written stays.
    """
    manifest, folder = read_manifest(manifest_folder), Path(folder)
    record = {
        "preprocessing": preprocessing.key,
        "images": len(manifest.images),
        "manifest": fingerprint(manifest),
    }
    array = _ready_array(manifest, preprocessing)
    if array is None:
        target = folder / "pixels.npy"
        _write_pixels(manifest, preprocessing, target, workers or os.cpu_count() or 1)
        record["array"] = target.name
    else:
        folder.mkdir(parents=True, exist_ok=True)
        record["array"] = os.path.relpath(array, folder)
    write_text(folder / "cache.json", json.dumps(record, indent=1) + "\n")
    return open_pixel_cache(folder, manifest)


def pixels_as_they_are(manifest: Manifest, preprocessing: Preprocessing) -> PixelCache:
    """The manifest's own array as its pixel cache, for small data sets that need no resizing.

    Raises `InputError` if the images are files, or rows of arrays of another size.
    """
    array = _ready_array(manifest, preprocessing)
    if array is None:
        raise InputError(
            f"{manifest.dataset}/{manifest.split}: its images are not the rows of one .npy array "
            f"prepared as {preprocessing.key}; build a pixel cache for them, or choose a model "
            "whose image_size is theirs"
        )
    return _cache(array, manifest.images["row"].to_numpy(np.int64), preprocessing)


def open_pixel_cache(folder: str | os.PathLike, manifest: Manifest) -> PixelCache:
    """Open a cache that `build_pixel_cache` made for this manifest.

    Raises `InputError` if there is none, if it was made from another list of images, or if its
    array is not what it says.
    """
    index = Path(folder) / "cache.json"
    if not index.is_file():
        raise InputError(f"{index}: no such file; build the pixel cache of this data set first")
    record = json.loads(index.read_text(encoding="utf-8"))
    if record["manifest"] != fingerprint(manifest):
        raise InputError(
            f"{index}: made from {record['images']} images that are not the "
            f"{len(manifest.images)} of {manifest.dataset}/{manifest.split} as it is now; delete "
            "this folder and build it again"
        )
    preprocessing = Preprocessing.parse(record["preprocessing"])
    own = record["array"] == "pixels.npy"
    rows = np.arange(record["images"]) if own else manifest.images["row"].to_numpy(np.int64)
    array = Path(folder) / record["array"]
    if not array.is_file():
        raise InputError(f"{array}: no such file; delete {index} to have the cache built again")
    return _cache(array, rows, preprocessing)


def _cache(path: Path, rows: np.ndarray, preprocessing: Preprocessing) -> PixelCache:
    pixels = _open_array(path)
    if pixels.shape[1:3] != (preprocessing.height, preprocessing.width):
        raise InputError(
            f"{path}: images of {pixels.shape[1]}×{pixels.shape[2]} pixels, but the cache is "
            f"declared as {preprocessing.key}; build the pixel cache again"
        )
    _check_rows(rows, pixels, path)
    return PixelCache(pixels, rows, preprocessing)


def fingerprint(manifest: Manifest) -> str:
    """SHA-256 of the images a manifest lists, in order, as they looked: what a cache is made from.

    Where they lie does not count: a folder that was moved holds the same images.
    """
    digest = hashlib.sha256(manifest.pixels.encode())
    for column in ("image_id", "path", "row"):
        digest.update("\0".join(map(str, manifest.images[column])).encode())
    return digest.hexdigest()


def _ready_array(manifest: Manifest, preprocessing: Preprocessing) -> Path | None:
    """The one .npy array all images are rows of, if its size makes resizing a no-op."""
    paths = manifest.images["path"].unique()
    if len(paths) != 1 or not paths[0].endswith(".npy"):
        return None
    path = Path(manifest.root) / paths[0]
    shape = _open_array(path).shape
    return path if shape[1:3] == (preprocessing.height, preprocessing.width) else None


def _open_array(path: Path) -> np.ndarray:
    try:
        # Copy-on-write: the file is never changed, and torch can share the memory.
        pixels = np.load(path, mmap_mode="c")
    # A damaged header raises nearly any class.
    except Exception as error:
        raise InputError(f"{path}: not a readable .npy array ({error})") from error
    if pixels.ndim != 4 or pixels.shape[3] != 3 or pixels.dtype != np.uint8:
        raise InputError(
            f"{path}: {pixels.dtype} array of shape {pixels.shape}; expected uint8 pixels of shape "
            "(n, height, width, 3)"
        )
    return pixels


def _check_rows(rows: np.ndarray, pixels: np.ndarray, path: Path) -> None:
    outside = (rows < 0) | (rows >= len(pixels))
    if outside.any():
        number = int(np.flatnonzero(outside)[0])
        raise InputError(
            f"{path}: holds {len(pixels)} images, but image {number} of the manifest is its row "
            f"{rows[number]}; build the manifest again"
        )


def _write_pixels(
    manifest: Manifest, preprocessing: Preprocessing, target: Path, workers: int
) -> None:
    shape = (len(manifest.images), preprocessing.height, preprocessing.width, 3)
    progress = Progress(shape[0], f"images decoded ({preprocessing.key})")
    # Room is seen to here rather than after hours of decoding.
    with whole_file(target, size=int(np.prod(shape))) as partial, partial.open("wb") as file:
        decode = _Decoder(manifest, preprocessing)
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        with ThreadPoolExecutor(workers) as pool:
            # Written in order, a chunk at a time. Not through a memory map: on a full disk that
            # kills the process instead of raising an error.
            for start in range(0, shape[0], _CHUNK):
                chunk = range(start, min(start + _CHUNK, shape[0]))
                for pixels in pool.map(decode, chunk):
                    file.write(pixels)
                progress.add(len(chunk))


class _Decoder:
    """Manifest image number → resized pixels, (height, width, 3) uint8."""

    def __init__(self, manifest: Manifest, preprocessing: Preprocessing):
        self.root = Path(manifest.root)
        self.paths = manifest.images["path"].tolist()
        self.rows = manifest.images["row"].tolist()
        self.resize = preprocessing.resize()
        arrays = {path for path in self.paths if path.endswith(".npy")}
        self.arrays = {path: _open_array(self.root / path) for path in arrays}
        for path, pixels in self.arrays.items():
            rows = manifest.images.loc[manifest.images["path"] == path, "row"]
            _check_rows(rows.to_numpy(np.int64), pixels, self.root / path)

    def __call__(self, number: int) -> np.ndarray:
        path = self.paths[number]
        if path in self.arrays:
            image = Image.fromarray(self.arrays[path][self.rows[number]])
            return np.ascontiguousarray(self.resize(image))
        # The manifest's audit read it once: if it fails, it changed since, and skip_bad comes too
        # late.
        return np.ascontiguousarray(self.resize(read_picture(self.root / path)))
