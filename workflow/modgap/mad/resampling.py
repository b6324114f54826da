"""From 28 × 28 gray images to 112 × 112 binary ones and back, for many images at once.

The same results as scikit-image's `pyramid_expand`, `pyramid_reduce` (cubic splines, Gaussian
smoothing) and `rescale`, which Morpho-MNIST uses; resizing is linear and separable, so it is two
matrix products.
"""

from functools import cache

import cv2
import numpy as np
from skimage import transform

SIZE = 28
UPSCALE = 4
SMALL = 21
_SIGMA = 2 * UPSCALE / 6
_KERNEL = 2 * round(4 * _SIGMA) + 1


def upscale(images: np.ndarray) -> np.ndarray:
    """Binary images (n, 112, 112) bool of gray images (n, 28, 28) uint8.

    Pixels at least half way between the darkest and the lightest are ink.
    """
    wide = _resize(images.astype(np.float32) / 255, SIZE * UPSCALE, 3)
    smooth = (255 * _smooth(wide)).astype(np.uint8)
    low, high = _range(smooth)
    return smooth >= low + (high - low) * 0.5


def downscale(binary: np.ndarray) -> np.ndarray:
    """Gray images (n, 28, 28) uint8 of binary images (n, 112, 112) bool."""
    small = _resize(_smooth(binary.astype(np.float32)), SIZE, 3)
    return (255 * small).astype(np.uint8)


def shrink(images: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28) uint8 at 0.75 of their size; `offsets` (n, 2), 0 or 1, move them."""
    small = (255 * _resize(images.astype(np.float32) / 255, SMALL, 1)).astype(np.uint8)
    out = np.zeros_like(images)
    for image, place, (row, column) in zip(small, out, offsets + 3, strict=True):
        place[row : row + SMALL, column : column + SMALL] = image
    return out


def _resize(images: np.ndarray, size: int, order: int) -> np.ndarray:
    matrix = _resizing(images.shape[1], size, order)
    # Splines overshoot at edges; as in scikit-image, nothing leaves the range of the input.
    # Not by `@`: BLAS would start threads of its own in each of the worker processes.
    resized = np.einsum("ij,njk->nik", matrix, np.einsum("njk,lk->njl", images, matrix))
    return np.clip(resized, *_range(images))


def _range(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return images.min(axis=(1, 2), keepdims=True), images.max(axis=(1, 2), keepdims=True)


@cache
def _resizing(before: int, after: int, order: int) -> np.ndarray:
    """The matrix (after, before) that resizes a column of pixels."""
    columns = np.eye(before)
    settings = {"mode": "reflect", "anti_aliasing": False, "clip": False}
    return transform.resize(columns, (after, before), order, **settings).astype(np.float32)


def _smooth(images: np.ndarray) -> np.ndarray:
    out = np.empty_like(images)
    for image, smooth in zip(images, out, strict=True):
        kernel = (_KERNEL, _KERNEL)
        cv2.GaussianBlur(image, kernel, _SIGMA, dst=smooth, borderType=cv2.BORDER_REFLECT)
    return out
