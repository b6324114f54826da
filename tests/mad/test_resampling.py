import numpy as np
import pytest
from skimage import transform

from modgap.mad.resampling import downscale, shrink, upscale


@pytest.fixture(scope="module")
def images(strokes):
    """Strokes, and noise whose darkest and lightest values are not 0 and 255."""
    rng = np.random.default_rng(0)
    noise = rng.integers(40, 180, size=(3, 28, 28)).astype(np.uint8)
    return np.concatenate([strokes, noise])


def test_upscaling_is_that_of_scikit_image(images):
    for image, ink in zip(images, upscale(images), strict=True):
        large = (255 * transform.pyramid_expand(image, upscale=4, order=3)).astype(np.uint8)
        middle = (int(large.min()) + int(large.max())) / 2
        # Rounding may tip a pixel that lies on the threshold.
        assert np.mean((large >= middle) != ink) < 1e-3


def test_downscaling_is_that_of_scikit_image(images):
    ink = upscale(images)
    for large, small in zip(ink, downscale(ink), strict=True):
        expected = 255 * transform.pyramid_reduce(large, downscale=4, order=3)
        np.testing.assert_allclose(small, expected, atol=1.01)


def test_shrinking_is_that_of_scikit_image(images):
    offsets = np.array([(row % 2, row // 2 % 2) for row in range(len(images))])
    for image, small, (down, right) in zip(images, shrink(images, offsets), offsets, strict=True):
        expected = 255 * transform.rescale(image / 255, 0.75, anti_aliasing=False)
        inside = small[3 + down : 24 + down, 3 + right : 24 + right].astype(int)
        np.testing.assert_allclose(inside, expected, atol=1.01)
        assert small.sum(dtype=int) == inside.sum()


def test_there_and_back_keeps_the_ink(strokes):
    mass = strokes.max(axis=(1, 2)) / 255
    there_and_back = downscale(upscale(strokes)).mean(axis=(1, 2))
    np.testing.assert_allclose(there_and_back, strokes.mean(axis=(1, 2)) / mass, rtol=0.05)


def test_no_images():
    assert upscale(np.zeros((0, 28, 28), dtype=np.uint8)).shape == (0, 112, 112)
    assert downscale(np.zeros((0, 112, 112), dtype=bool)).shape == (0, 28, 28)
