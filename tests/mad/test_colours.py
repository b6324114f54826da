import numpy as np
import pytest

from modgap.mad.colours import COLOURS, colourise

TRUE = {
    "gray": (200, 200, 200),
    "red": (200, 0, 0),
    "green": (0, 200, 0),
    "blue": (0, 0, 200),
    "cyan": (0, 200, 200),
    "magenta": (200, 0, 200),
    "yellow": (200, 200, 0),
}
OFFICIAL = TRUE | {
    "cyan": (200, 255, 255),
    "magenta": (255, 200, 255),
    "yellow": (255, 255, 200),
}


@pytest.mark.parametrize(("official", "expected"), [(False, TRUE), (True, OFFICIAL)])
def test_a_pixel_of_each_colour(official, expected):
    assert tuple(expected) == COLOURS
    gray = np.zeros((7, 2, 3), dtype=np.uint8)
    gray[:, 1, 2] = 200
    out = colourise(gray, np.arange(7), official)
    assert out.shape == (7, 2, 3, 3)
    assert out.dtype == np.uint8
    for image, colour in zip(out, expected.values(), strict=True):
        assert tuple(image[1, 2].tolist()) == colour
        image[1, 2] = 0
        assert not image.any()


def test_official_colours_are_white_where_fully_lit():
    lit = np.full((7, 1, 1), 255, dtype=np.uint8)
    white = (colourise(lit, np.arange(7), official=True) == 255).all(axis=(1, 2, 3))
    assert [c for c, w in zip(COLOURS, white, strict=True) if w] == [
        "gray",
        "cyan",
        "magenta",
        "yellow",
    ]
    true = colourise(lit, np.arange(7))
    assert len(np.unique(true.reshape(7, 3), axis=0)) == 7


def test_each_row_has_its_own_colour():
    gray = np.arange(1, 4, dtype=np.uint8)[:, None, None]
    out = colourise(gray, np.array([6, 0, 3], dtype=np.uint8))
    assert out[:, 0, 0].tolist() == [[1, 1, 0], [2, 2, 2], [0, 0, 3]]
