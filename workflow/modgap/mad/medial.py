"""The medial axis and distance map of many binary images at once.

The axis is what ordered thinning leaves (as in `skimage.morphology.medial_axis`): pixels are
visited by distance to the background, and removed if their neighbourhood stays connected. Pixels
at equal places in that order that are not neighbours cannot affect each other, so all of them, in
all images, are visited in one step.
"""

from functools import cache

import cv2
import numpy as np
from scipy import ndimage

# A pixel's eight neighbours; bit b of a neighbourhood's code is set if neighbour b is ink.
_NEIGHBOURS = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])
_BITS = (1 << np.arange(8)).astype(np.uint8)


def medial_axes(binary: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Medial axes of `binary` (n, height, width) bool: (n, height, width) bool and float32.

    The second array is the exact Euclidean distance of each ink pixel to the nearest background
    pixel; what lies outside an image is background.
    """
    count, height, width = binary.shape
    if not binary.any():
        return binary.copy(), np.zeros(binary.shape, dtype=np.float32)
    padded = np.zeros((count, height + 2, width + 2), dtype=np.uint8)
    padded[:, 1:-1, 1:-1] = binary
    mosaic = padded.reshape(-1, width + 2)
    distance = cv2.distanceTransform(mosaic, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ink = np.flatnonzero(mosaic)
    squared = np.rint(distance.ravel()[ink] ** 2).astype(np.int32)
    _thin(mosaic.ravel(), ink.astype(np.int32), squared, height + 2, width + 2)
    inside = (slice(None), slice(1, -1), slice(1, -1))
    return padded.astype(bool)[inside], distance.reshape(padded.shape)[inside]


def _thin(pixels: np.ndarray, ink: np.ndarray, squared: np.ndarray, rows: int, width: int) -> None:
    """Remove from `pixels` (flat, 0 or 1) the ink pixels that are not on the medial axis."""
    steps = _NEIGHBOURS @ (width, 1)
    around = ink[:, None] + steps.astype(np.int32)
    # Corners are visited last, otherwise the axis would miss the arm that leads into a corner.
    corner = 8 - pixels[around].sum(axis=1, dtype=np.int32)
    row, column = np.divmod(ink, width)
    # Pixels of the same parity in row and column are not neighbours.
    parity = 2 * (row % rows % 2) + column % 2
    key = (squared * 9 + corner) * 4 + parity
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    ink, around, kept = ink[order], around[order], _kept()
    for start, end in zip(starts, [*starts[1:], len(ink)], strict=True):
        codes = pixels[around[start:end]] @ _BITS
        pixels[ink[start:end]] = kept[codes]


@cache
def _kept() -> np.ndarray:
    """For each code of a neighbourhood: 1 if its centre must stay, else 0.

    It stays if without it the ink around falls apart or vanishes, or if it is the end of a line.
    """
    kept = np.empty(256, dtype=np.uint8)
    for code in range(256):
        patch = np.zeros((3, 3), dtype=bool)
        patch[tuple((_NEIGHBOURS[(code & _BITS) > 0] + 1).T)] = True
        _, parts = ndimage.label(patch, np.ones((3, 3)))
        kept[code] = parts != 1 or patch.sum() < 2
    return kept


def neighbour_counts(axis: np.ndarray) -> np.ndarray:
    """How many of its eight neighbours are on the axis, for each pixel on `axis` (h, w) bool."""
    pixels = axis.view(np.uint8)
    return cv2.boxFilter(pixels, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT) - 1
