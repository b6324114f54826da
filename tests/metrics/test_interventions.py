import numpy as np
import pytest
from helpers.public_features import clouds, needs_features

from modgap import gap, l2m, recall_at_k
from modgap.errors import InputError
from modgap.metrics.interventions import INTERVENTIONS, calibration_split, fit_intervention


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(60, 8))
    images, texts = base + 0.3 * rng.normal(size=(60, 8)) + 1, base - 0.5
    return tuple(x / np.linalg.norm(x, axis=1, keepdims=True) for x in (images, texts))


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_nothing_moves_by_nothing(name, pair):
    for before, after in zip(pair, fit_intervention(name, *pair)(*pair, 0), strict=True):
        np.testing.assert_allclose(before, after, atol=1e-6)


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_rows_are_unit_length_again(name, pair):
    for cloud in fit_intervention(name, *pair)(*pair, 1):
        np.testing.assert_allclose(np.linalg.norm(cloud, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_what_is_fitted_on_some_is_applied_to_others(name, pair):
    images, texts = pair
    move = fit_intervention(name, images[:30], texts[:30])
    rest = move(images[30:], texts[30:], 1)
    alone = fit_intervention(name, images[30:], texts[30:])(images[30:], texts[30:], 1)
    assert not np.allclose(rest[0], alone[0]) or not np.allclose(rest[1], alone[1])
    # What it was fitted on goes the same way, whatever goes with it.
    both = move(images, texts, 1)
    np.testing.assert_allclose(both[0][30:], rest[0], atol=1e-6)


def test_one_sided_shifts_leave_the_other_side_alone(pair):
    images, texts = pair
    moved = fit_intervention("translate_images", *pair)(*pair, 0.3)
    np.testing.assert_allclose(moved[1], texts, atol=1e-6)
    step = images.mean(0) - texts.mean(0)
    expected = images - 0.3 * step / np.linalg.norm(step)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(moved[0], expected, atol=1e-6)
    moved = fit_intervention("translate_texts", *pair)(*pair, 0.3)
    np.testing.assert_allclose(moved[0], images, atol=1e-6)
    assert l2m(*moved) < l2m(images, texts)


def test_the_midpoint_is_a_shift_by_the_gap(pair):
    size = l2m(*pair)
    one = fit_intervention("midpoint", *pair)(*pair, 1)
    other = fit_intervention("translate", *pair)(*pair, size)
    np.testing.assert_allclose(one[0], other[0], atol=1e-5)
    np.testing.assert_allclose(one[1], other[1], atol=1e-5)


def test_standardising_evens_out_dimensions_before_rows_are_normalised():
    rng = np.random.default_rng(1)
    images, texts = rng.normal(size=(2, 500, 16)) * np.linspace(0.2, 3, 16) + 0.5
    moved, _ = fit_intervention("standardise", images, texts)(images, texts, 1)
    spread = moved.std(axis=0)
    assert spread.max() / spread.min() < 1.2
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.03)


def test_dropped_dimensions_are_those_of_the_calibration(pair):
    images, texts = pair
    order = np.argsort(-np.abs(images[:30].mean(0) - texts[:30].mean(0)))
    moved, _ = fit_intervention("drop_dimensions", images[:30], texts[:30])(images, texts, 3)
    kept = images[:, np.sort(order[3:])]
    np.testing.assert_allclose(moved, kept / np.linalg.norm(kept, axis=1, keepdims=True), atol=1e-6)


# Liang et al. 2022, ViT-B/32 on COCO: the gap after shifts of both sides, and of images alone.
SHIFTS = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75]
BOTH = [1.4128, 1.3050, 1.1731, 1.0131, 0.8221, 0.5998, 0.3504, 0.0838]
IMAGES = [1.2879, 1.2249, 1.1349, 1.0051, 0.8221, 0.5842, 0.3178, 0.0703]


def test_shifts_of_a_cloud_like_the_published_one_have_the_published_gaps():
    """Two flat clouds with the published gap and cosines within a modality (.4679, .5080)."""
    rng = np.random.default_rng(0)
    half, width, n = 0.8221 / 2, 400, 3000
    clouds = []
    for side, cosine in ((1, 0.4679), (-1, 0.5080)):
        common = np.sqrt(cosine - half**2)
        rest = rng.normal(size=(n, width))
        rest *= np.sqrt(1 - cosine) / np.linalg.norm(rest, axis=1, keepdims=True)
        clouds.append(np.column_stack([np.full(n, side * half), np.full(n, common), rest]))
    for name, published, tolerance in (
        ("translate", BOTH, 0.006),
        ("translate_images", IMAGES, 0.02),
    ):
        move = fit_intervention(name, *clouds)
        ours = [l2m(*move(*clouds, shift)) for shift in SHIFTS]
        np.testing.assert_allclose(ours, published, atol=tolerance)


@needs_features
@pytest.mark.parametrize(
    ("name", "amount", "l2m", "rmg", "recalls"),
    [
        ("midpoint", 1, 0.008, 0.407, (0.358, 0.366)),
        ("centre", 1, 0.028, 0.406, (0.542, 0.500)),
        ("drop_dimensions", 0, 0.851, 0.5915, (0.552, 0.506)),
        ("drop_dimensions", 1, 0.726, 0.5259, (0.510, 0.492)),
        ("drop_dimensions", 2, 0.618, 0.4810, (0.498, 0.506)),
        ("drop_dimensions", 5, 0.558, 0.4656, (0.502, 0.496)),
        ("drop_dimensions", 10, 0.512, 0.4550, (0.516, 0.494)),
        ("drop_dimensions", 20, 0.475, 0.4472, (0.528, 0.482)),
    ],
)
def test_known_numbers_on_real_clip(name, amount, l2m, rmg, recalls):
    pair = clouds("features_clip")
    moved = fit_intervention(name, *pair)(*pair, amount)
    found, recall = gap(*moved), recall_at_k(*moved, ks=(1,))
    assert found.l2m == pytest.approx(l2m, abs=6e-4)
    digits = 3 if name != "drop_dimensions" else 4
    assert round(found.rmg, digits) == rmg
    assert (recall.image_to_text[1], recall.text_to_image[1]) == pytest.approx(recalls)


def test_a_row_that_becomes_zero_is_refused():
    images, texts = np.eye(3), -np.eye(3)
    move = fit_intervention("centre", images, texts)
    with pytest.raises(InputError, match=r"images after centre by 1\.73205: row 1 is zero"):
        move(np.array([[1.0, 0, 0], [1.0, 1, 1]]), texts, np.sqrt(3))


def test_a_gap_without_a_direction_is_refused(pair):
    with pytest.raises(InputError, match="no direction to shift along"):
        fit_intervention("translate", pair[0], pair[0])


@pytest.mark.parametrize("amount", [8, -1, 1.5])
def test_a_dimension_must_be_left(amount, pair):
    with pytest.raises(InputError, match="drop_dimensions: amount"):
        fit_intervention("drop_dimensions", *pair)(*pair, amount)


def test_an_unknown_intervention_is_refused(pair):
    with pytest.raises(InputError, match="did you mean 'centre'"):
        fit_intervention("center", *pair)


def test_the_calibration_split_parts_all_items():
    fitted, judged = calibration_split(101, 0.3, seed=1)
    assert len(fitted) == 30
    assert sorted([*fitted, *judged]) == list(range(101))
    assert not np.array_equal(fitted, calibration_split(101, 0.3, seed=2)[0])


@pytest.mark.parametrize("share", [0, 0.01, 1, 0.99, -1, 2])
def test_a_calibration_split_that_is_empty_or_the_whole_is_refused(share):
    with pytest.raises(InputError, match="calibration split"):
        calibration_split(10, share, seed=0)
