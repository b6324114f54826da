import numpy as np
import pytest
from scipy import ndimage
from skimage import morphology, transform

from modgap.mad.items import build_variants
from modgap.mad.morphology import DRAWS, VARIANTS, Strokes, _fracture, _swell, perturb
from modgap.mad.resampling import upscale

AROUND = np.ones((3, 3))
PLAIN, SMALL, FRACTURED, SWOLLEN, THICK, THIN = 0, 1, 2, 4, 8, 16


def one_of(images, variant, seed=0):
    """Every image in one variant."""
    rows = np.arange(len(images))
    return build_variants(images, rows, np.full(len(images), variant), seed=(seed,), workers=1)


def parts(image):
    return ndimage.label(image, AROUND)[1]


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist["test_images"][:60]


def test_order_of_the_variants():
    assert VARIANTS.shape == (24, 4)
    assert VARIANTS[[PLAIN, SMALL, FRACTURED, SWOLLEN, THICK, THIN, 23]].tolist() == [
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [2, 0, 0, 0],
        [2, 1, 1, 1],
    ]


@pytest.mark.parametrize("variant", [PLAIN, THICK, THIN])
def test_thickness_is_that_of_scikit_image(strokes, variant):
    """The published operators in scikit-image's own functions, an image at a time."""
    for image, found in zip(strokes, one_of(strokes, variant), strict=True):
        large = (255 * transform.pyramid_expand(image, upscale=4, order=3)).astype(np.uint8)
        ink = large >= large.max() / 2
        axis, distance = morphology.medial_axis(ink, return_distance=True, rng=0)
        disk = morphology.disk(int(0.7 * distance[axis].mean()))
        if variant == THICK:
            ink = morphology.dilation(ink, disk)
        elif variant == THIN:
            ink = morphology.erosion(ink, disk)
        expected = 255 * transform.pyramid_reduce(ink, downscale=4, order=3)
        np.testing.assert_allclose(found, expected, atol=1.01)


def test_a_bar_gets_thicker_and_thinner_by_the_stated_share():
    bar = np.zeros((1, 28, 28), dtype=np.uint8)
    bar[0, 2:26, 11:17] = 255
    thickness = Strokes.of(upscale(bar)).thickness[0]
    assert thickness == pytest.approx(6, abs=0.6)
    width = {v: one_of(bar, v)[0, 14].sum() / 255 for v in (PLAIN, THICK, THIN)}
    assert width[PLAIN] == pytest.approx(6, abs=0.1)
    # The radius of the disk is a whole number of quarter pixels.
    assert width[THICK] - 6 == pytest.approx(0.7 * thickness, abs=0.5)
    assert 6 - width[THIN] == pytest.approx(0.7 * thickness, abs=0.5)


def test_mean_thickness_and_ink_of_digits(digits):
    before = Strokes.of(upscale(digits))
    ink = before.ink.mean()
    ratio, mass = {}, {}
    for variant in (PLAIN, THICK, THIN, SWOLLEN, FRACTURED):
        after = Strokes.of(upscale(one_of(digits, variant)))
        ratio[variant] = np.mean(after.thickness / before.thickness)
        mass[variant] = after.ink.mean() / ink
    assert ratio[PLAIN] == pytest.approx(1, abs=0.05)
    assert mass[PLAIN] == pytest.approx(1, abs=0.02)
    # 0.7 thicker, less what whole-numbered radii lose and strokes that meet.
    assert 1.5 < ratio[THICK] < 1.75
    # Strokes thinner than 0.7 of the mean vanish, so those that are left are thicker than 0.3.
    assert 0.3 < ratio[THIN] < 0.65
    assert mass[THIN] < 0.5
    assert 1.4 < mass[THICK] < 1.8
    assert 1.15 < mass[SWOLLEN] < 1.45
    assert 0.7 < mass[FRACTURED] < 0.9


def test_fracture_breaks_digits_into_parts(digits):
    plain = np.array([parts(image) for image in upscale(one_of(digits, PLAIN))])
    broken = np.array([parts(image) for image in upscale(one_of(digits, FRACTURED))])
    assert np.mean(broken > plain) > 0.95
    # Three cuts through lines; crossings and cuts that share a place leave a few more or less.
    assert 1.5 < np.mean(broken - plain) < 3


def test_fracture_cuts_across_and_spares_the_ends():
    ink = np.zeros((112, 112), dtype=bool)
    ink[50:60, 10:100] = True
    strokes = Strokes.of(ink[None])
    for seed in range(20):
        cut = ink.copy()
        _fracture(cut, strokes.axes[0], strokes.distance[0], np.random.default_rng(seed).random(3))
        assert not (cut & ~ink).any()
        # A cut is a full gap as wide as the brush.
        gaps = np.flatnonzero(~cut[50:60, 10:100].any(axis=0))
        assert len(gaps) >= 7
        assert 2 <= parts(cut) <= 4
        assert cut[50:60, 10:14].all()
        assert cut[50:60, 96:100].all()


@pytest.mark.parametrize("angle", [0, 30, 45, 80, 135])
def test_fracture_cuts_a_line_of_any_direction(angle):
    rows, columns = np.mgrid[:112, :112] - 55.5
    along = columns * np.cos(np.deg2rad(angle)) + rows * np.sin(np.deg2rad(angle))
    across = rows * np.cos(np.deg2rad(angle)) - columns * np.sin(np.deg2rad(angle))
    ink = (np.abs(across) < 5) & (np.abs(along) < 40)
    strokes = Strokes.of(ink[None])
    draws = np.array([0.5, 0.5, 0.5])
    _fracture(ink, strokes.axes[0], strokes.distance[0], draws)
    assert parts(ink) == 2
    # What is gone is one band of the brush's width, perpendicular to the line.
    gone = (np.abs(across) < 5) & (np.abs(along) < 40) & ~ink
    assert np.ptp(along[gone]) < 12


def test_a_dot_without_room_for_a_fracture_is_still_broken():
    dot = np.zeros((1, 28, 28), dtype=np.uint8)
    dot[0, 12:15, 12:15] = 255
    assert one_of(dot, FRACTURED).sum() < one_of(dot, PLAIN).sum()


def test_swelling_is_the_published_warp(strokes):
    ink = upscale(strokes)
    measured = Strokes.of(ink)
    for image, axis, thickness in zip(ink, measured.axes, measured.thickness, strict=True):
        points = np.argwhere(axis)
        centre = points[int(0.4 * len(points))][::-1]
        radius = 7 * np.sqrt(thickness) / 2 * 4

        def source(places, centre=centre, radius=radius):
            offset = places - centre
            distance = np.hypot(*offset.T)
            weight = np.where(distance > radius, 1, (distance / radius) ** 2)
            return centre + weight[:, None] * offset

        expected = transform.warp(image, source, order=0)
        _swell(image, axis, thickness, 0.4)
        assert np.mean(image != expected) < 1e-3


def test_swelling_is_local_and_adds_ink(digits):
    plain, swollen = one_of(digits, PLAIN), one_of(digits, SWOLLEN)
    radius = 7 * np.sqrt(Strokes.of(upscale(digits)).thickness) / 2
    for before, after, reach in zip(plain, swollen, radius, strict=True):
        rows, columns = np.nonzero(before != after)
        # Smoothing spreads a change by two pixels.
        assert np.ptp(rows) <= 2 * reach + 4
        assert np.ptp(columns) <= 2 * reach + 4
        assert (before != after).any()


def test_small_is_three_quarters_within_one_pixel_of_the_middle(strokes):
    bar = np.repeat(strokes[5:6], 40, axis=0)
    places = set()
    for image in one_of(bar, SMALL) / 255:
        # The bar is 16 high and 8 wide around the middle, which is between pixels 13 and 14.
        assert image.sum(axis=0).max() == pytest.approx(0.75 * 16, abs=0.1)
        assert image.sum(axis=1).max() == pytest.approx(0.75 * 8, abs=0.1)
        down, right = ndimage.center_of_mass(image)
        places.add((round(down - 13.5, 1), round(right - 13.5, 1)))
    assert places == {(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)}


def test_height_of_small_digits(digits):
    def heights(images):
        lit = images.max(axis=2) > 127
        return lit[:, ::-1].argmax(axis=1), lit.argmax(axis=1)

    bottoms, tops = heights(one_of(digits, PLAIN))
    small_bottoms, small_tops = heights(one_of(digits, SMALL))
    ratio = (28 - small_bottoms - small_tops) / (28 - bottoms - tops)
    assert np.mean(ratio) == pytest.approx(0.75, abs=0.03)


def test_perturbations_act_on_what_the_one_before_left(strokes):
    """A thickened digit swells by a radius that its new thickness decides."""
    plain, thick = one_of(strokes, PLAIN), one_of(strokes, THICK)
    gain = one_of(strokes, SWOLLEN).sum() - plain.sum()
    assert one_of(strokes, THICK + SWOLLEN).sum() - thick.sum() > 1.3 * gain


def test_no_variant_depends_on_which_others_are_asked_for(strokes):
    rows, variants = np.repeat(np.arange(6), 24), np.tile(np.arange(24), 6)
    every = build_variants(strokes, rows, variants, seed=(3,), workers=1)
    some = np.random.default_rng(0).permutation(len(rows))[:20]
    few = build_variants(strokes, rows[some], variants[some], seed=(3,), workers=1)
    np.testing.assert_array_equal(few, every[some])
    other = build_variants(strokes, rows, variants, seed=(4,), workers=1)
    changed = (other != every).any(axis=(1, 2))
    # All but those with nothing drawn at random.
    assert not changed[np.isin(variants, (PLAIN, THICK, THIN))].any()
    assert changed[VARIANTS[variants, 1] > 0].mean() > 0.9


def test_every_variant_differs_from_every_other(strokes):
    rows, variants = np.zeros(24, dtype=int), np.arange(24)
    images = build_variants(strokes[3:4], rows, variants, seed=(0,), workers=1)
    assert len(np.unique(images.reshape(24, -1), axis=0)) == 24


def test_extreme_draws(strokes):
    """The first and the last point of an axis are both in reach, at the image's border too."""
    border = np.zeros((1, 28, 28), dtype=np.uint8)
    border[0, 0:3, :] = border[0, :, 25:] = 255
    images = np.concatenate([strokes, border])
    rows, variants = np.repeat(np.arange(7), 24), np.tile(np.arange(24), 7)
    for value in (0.0, np.nextafter(1, 0)):
        out = perturb(images, rows, variants, np.full((len(rows), DRAWS), value))
        assert out.shape == (len(rows), 28, 28)
        assert out.any(axis=(1, 2)).all()
