"""The morphological perturbations of MNIST digits that MAD is made of.

The operators of Morpho-MNIST (Castro et al., "Morpho-MNIST", JMLR 2019, section 4) with the
settings of Schrodi et al. 2025: thickness changed by 0.7 of itself, a swelling of strength 3 and
radius 7, three fractures, a size of 0.75. They work on binary images at four times the size; each
acts on the strokes that the one before it left.
"""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from skimage import draw, morphology

from modgap.mad.medial import medial_axes, neighbour_counts
from modgap.mad.resampling import UPSCALE, downscale, shrink, upscale

# Value numbers of thickness, swelling, fracture and scale, as in modgap.mad.captions.VALUES.
VARIANTS = np.array(list(product(range(3), range(2), range(2), range(2))))
_THICKENING, _THINNING = 1, 2

THICKNESS_CHANGE = 0.7
_SWELLING_STRENGTH = 3
_SWELLING_RADIUS = 7
_FRACTURES = 3
_FRACTURE_WIDTH = 1.5
# In pixels of the digit: no fracture so close to a stroke's end or a fork, ...
_FRACTURE_MARGIN = 2
# ... the stroke's direction is taken from this far around, ...
_ANGLE_WINDOW = 2
# ... and the cut goes so far beyond the stroke's edge.
_FRACTURE_EXTENSION = 0.5
_BRUSH = np.argwhere(morphology.disk(int(np.ceil((_FRACTURE_WIDTH * UPSCALE - 1) / 2))))
_BRUSH -= _BRUSH.max(axis=0) // 2

# Uniform numbers that one item uses: a swelling, three fractures, two offsets.
DRAWS = 1 + _FRACTURES + 2


@dataclass(frozen=True)
class Strokes:
    """Binary images (n, h, w) with their medial axes (bool) and distance maps (float32)."""

    ink: np.ndarray
    axes: np.ndarray
    distance: np.ndarray

    @classmethod
    def of(cls, ink: np.ndarray) -> "Strokes":
        """Measure binary images."""
        return cls(ink, *medial_axes(ink))

    @property
    def thickness(self) -> np.ndarray:
        """Mean thickness (n,) along the axes in pixels of the digit, 1/4 of those of `ink`."""
        length = self.axes.sum(axis=(1, 2))
        return 2 / UPSCALE * (self.distance * self.axes).sum(axis=(1, 2)) / length


def perturb(
    images: np.ndarray, rows: np.ndarray, variants: np.ndarray, draws: np.ndarray
) -> np.ndarray:
    """Perturbed digits (m, 28, 28) uint8: item i is image `rows[i]` in variant `variants[i]`.

    `images` is (n, 28, 28) uint8, none of them blank; `variants` number the rows of `VARIANTS`;
    `draws` (m, DRAWS) in [0, 1) place the perturbations. What items of one image share is
    computed once; no item depends on which others are asked for.
    """
    thickness, swelling, fracture, scale = VARIANTS[variants].T
    strokes, rows = _change_thickness(Strokes.of(upscale(images)), rows, thickness)
    ink = strokes.ink[rows]
    widths = strokes.thickness
    for item in np.flatnonzero(swelling):
        row = rows[item]
        _swell(ink[item], strokes.axes[row], widths[row], draws[item, 0])
    _fracture_all(ink, strokes, rows, fracture * (1 + swelling), draws[:, 1 : 1 + _FRACTURES])
    out = downscale(ink)
    small = scale == 1
    out[small] = shrink(out[small], (draws[small, -2:] * 2).astype(int))
    return out


def _change_thickness(
    strokes: Strokes, rows: np.ndarray, thickness: np.ndarray
) -> tuple[Strokes, np.ndarray]:
    """The images in every thickness that items ask for, and each item's row among them."""
    wanted, rows = np.unique(rows * 3 + thickness, return_inverse=True)
    sources, thickness = np.divmod(wanted, 3)
    radii = (THICKNESS_CHANGE * UPSCALE * strokes.thickness / 2).astype(int)
    ink = strokes.ink[sources]
    axes, distance = strokes.axes[sources], strokes.distance[sources]
    for row in np.flatnonzero(thickness):
        source = sources[row]
        if thickness[row] == _THINNING:
            # Erosion by a disk: what is nearer to the background than its radius goes.
            ink[row] = strokes.distance[source] > radii[source]
        else:
            disk = morphology.disk(radii[source])
            ink[row] = cv2.dilate(strokes.ink[source].view(np.uint8), disk)
    changed = thickness > 0
    axes[changed], distance[changed] = medial_axes(ink[changed])
    return Strokes(ink, axes, distance), rows


def _swell(ink: np.ndarray, axis: np.ndarray, thickness: float, draw: float) -> None:
    """Magnify `ink`, in place, around a point of its axis by a radial power transform."""
    points = np.argwhere(axis)
    centre = points[int(draw * len(points))]
    radius = _SWELLING_RADIUS * np.sqrt(thickness) / 2 * UPSCALE
    low = np.maximum(np.ceil(centre - radius).astype(int), 0)
    high = np.minimum(np.floor(centre + radius).astype(int) + 1, ink.shape)
    down = np.arange(low[0], high[0])[:, None] - centre[0]
    right = np.arange(low[1], high[1]) - centre[1]
    weight = np.sqrt(down**2 + right**2) / radius
    weight = np.where(weight > 1, 1, weight ** (_SWELLING_STRENGTH - 1))
    source = [
        np.floor(start + weight * offset + 0.5).astype(int)
        for start, offset in zip(centre, (down, right), strict=True)
    ]
    ink[low[0] : high[0], low[1] : high[1]] = ink[tuple(source)]


def _fracture_all(
    ink: np.ndarray, strokes: Strokes, rows: np.ndarray, kind: np.ndarray, draws: np.ndarray
) -> None:
    """Break the strokes of `ink` in place: kind 1 along the known axes, kind 2 along its own."""
    for item in np.flatnonzero(kind == 1):
        row = rows[item]
        _fracture(ink[item], strokes.axes[row], strokes.distance[row], draws[item])
    swollen = np.flatnonzero(kind == 2)
    axes, distance = medial_axes(ink[swollen])
    for item, axis, map_ in zip(swollen, axes, distance, strict=True):
        _fracture(ink[item], axis, map_, draws[item])


def _fracture(ink: np.ndarray, axis: np.ndarray, distance: np.ndarray, draws: np.ndarray) -> None:
    """Cut `ink`, in place, across its axis at random points away from ends and forks."""
    points = np.argwhere(axis)
    places = _breakable(axis, points)
    for row, column in places[(draws * len(places)).astype(int)]:
        near = points[(np.abs(points - (row, column)) <= _ANGLE_WINDOW * UPSCALE).all(axis=1)]
        down, right = (near - near.mean(axis=0)).T
        angle = np.arctan2(2 * (down * right).sum(), (right**2 - down**2).sum()) / 2
        length = distance[row, column] + _FRACTURE_EXTENSION * UPSCALE
        across = length * np.array([np.cos(angle), -np.sin(angle)])
        centre = np.array([row, column])
        line = draw.line(*(centre + across).astype(int), *(centre - across).astype(int))
        cut = (np.column_stack(line)[:, None] + _BRUSH).reshape(-1, 2)
        cut = cut[((cut >= 0) & (cut < ink.shape)).all(axis=1)]
        ink[tuple(cut.T)] = False


def _breakable(axis: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The points of an axis away from its ends and then its forks; all if none would be left."""
    left, axis = points, axis.copy()
    for neighbours in (1, 3):
        counts = neighbour_counts(axis)[tuple(left.T)]
        avoided = left[counts == neighbours]
        gaps = ((left[:, None] - avoided) ** 2).sum(axis=2)
        erased = (gaps <= (_FRACTURE_MARGIN * UPSCALE) ** 2).any(axis=1)
        axis[tuple(left[erased].T)] = False
        left = left[~erased]
    return left if len(left) else points
