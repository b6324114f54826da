import numpy as np
import pytest
from scipy import ndimage
from skimage import morphology

from modgap.mad.medial import medial_axes, neighbour_counts
from modgap.mad.resampling import upscale

AROUND = np.ones((3, 3))


def slow_axis(image):
    """One pixel at a time, counting connected parts afresh for each."""
    ink = np.pad(image, 1)
    distance = ndimage.distance_transform_edt(ink)
    around = ndimage.correlate(ink.astype(int), AROUND.astype(int), mode="constant")
    points = np.argwhere(ink).tolist()
    # `ink` is padded by one as in the mosaic, so rows and columns have the same parity there.
    points.sort(key=lambda p: (round(distance[*p] ** 2), -around[*p], p[0] % 2, p[1] % 2))
    for row, column in points:
        patch = ink[row - 1 : row + 2, column - 1 : column + 2].copy()
        patch[1, 1] = False
        if ndimage.label(patch, AROUND)[1] == 1 and patch.sum() >= 2:
            ink[row, column] = False
    return ink[1:-1, 1:-1]


@pytest.fixture(scope="module")
def blobs():
    """Random smooth shapes of an odd size, some at the border, one empty, one of one pixel."""
    noise = np.random.default_rng(0).normal(size=(8, 31, 27))
    shapes = np.stack([ndimage.gaussian_filter(image, 2) > 0.02 for image in noise])
    shapes[6] = False
    shapes[7] = False
    shapes[7, 0, 0] = True
    return shapes


def test_against_one_pixel_at_a_time(blobs):
    axes, _ = medial_axes(blobs)
    for shape, axis in zip(blobs, axes, strict=True):
        np.testing.assert_array_equal(axis, slow_axis(shape))


def test_distances_are_exact(blobs):
    _, distances = medial_axes(blobs)
    for shape, distance in zip(blobs, distances, strict=True):
        expected = ndimage.distance_transform_edt(np.pad(shape, 1))[1:-1, 1:-1]
        np.testing.assert_allclose(distance, expected, atol=1e-4)


def test_each_image_on_its_own_gives_the_same(blobs):
    axes, distances = medial_axes(blobs)
    for row in range(len(blobs)):
        axis, distance = medial_axes(blobs[row : row + 1])
        np.testing.assert_array_equal(axis[0], axes[row])
        np.testing.assert_array_equal(distance[0], distances[row])


def test_the_axis_is_thin_and_as_connected_as_the_shape(strokes):
    ink = upscale(strokes)
    axes, _ = medial_axes(ink)
    for shape, axis in zip(ink, axes, strict=True):
        assert not (axis & ~shape).any()
        assert ndimage.label(axis, AROUND)[1] == ndimage.label(shape, AROUND)[1]
        # No 3 x 3 block of ink is left.
        assert not ndimage.binary_erosion(axis, AROUND).any()


def test_same_thickness_as_scikit_image(mnist):
    ink = upscale(mnist["test_images"][:40])
    axes, distances = medial_axes(ink)
    for shape, axis, distance in zip(ink[:12], axes, distances, strict=False):
        reference, map_ = morphology.medial_axis(shape, return_distance=True, rng=0)
        # Ties are broken at random there.
        assert distance[axis].mean() == pytest.approx(map_[reference].mean(), rel=0.03)
        assert axis.sum() == pytest.approx(reference.sum(), rel=0.1)


def test_neighbours_of_a_cross():
    axis = np.zeros((5, 7), dtype=bool)
    axis[2, :] = axis[:, 3] = True
    counts = neighbour_counts(axis)
    assert counts[2, 0] == counts[0, 3] == 1
    assert counts[2, 1] == 2
    assert counts[2, 3] == 4


def test_no_images():
    axes, distances = medial_axes(np.zeros((0, 5, 6), dtype=bool))
    assert axes.shape == distances.shape == (0, 5, 6)
