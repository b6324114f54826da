import numpy as np
import pytest

from modgap import gap, l2m
from modgap.errors import InputError
from modgap.metrics.interventions import (
    CLOSERS,
    INTERVENTIONS,
    fit_intervention,
    fit_maps,
    full_amount,
)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(300, 12))
    return unit(base + 0.4 * rng.normal(size=base.shape) + 1), unit(base - 0.7)


def closed(name, pair, to=None):
    move = fit_intervention(name, *pair)
    return move(*(to or pair), full_amount(name, *pair))


@pytest.mark.parametrize("name", [n for n in CLOSERS if n != "procrustes"])
def test_every_closer_makes_the_gap_smaller_on_items_it_has_not_seen(name, pair):
    fitted, rest = (tuple(x[rows] for x in pair) for rows in (slice(150), slice(150, None)))
    assert l2m(*closed(name, fitted, rest)) < l2m(*rest)


def test_procrustes_undoes_a_rotation(pair):
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0]
    images, _ = pair
    moved = closed("procrustes", (images, images @ turn))
    np.testing.assert_allclose(moved[1], images, atol=1e-5)
    np.testing.assert_allclose(moved[0], images, atol=1e-6)


def test_a_rotation_leaves_the_cosines_within_a_modality_alone(pair):
    _, texts = closed("procrustes", pair)
    np.testing.assert_allclose(texts @ texts.T, pair[1] @ pair[1].T, atol=1e-5)


def test_a_linear_map_finds_the_one_that_made_the_images(pair):
    rng = np.random.default_rng(2)
    texts = unit(rng.normal(size=(400, 6)))
    # Small enough a map that the images' length hardly varies.
    images = unit(0.05 * texts @ rng.normal(size=(6, 6)) + rng.normal(size=6))
    found = fit_maps("linear_map", images, texts)(1.0)[1]
    assert np.abs(found(texts) - images).max() < 0.02
    assert gap(*closed("linear_map", (images, texts))).rmg < 0.1


def test_whitening_makes_covariances_the_identity_but_for_the_shrinkage():
    rng = np.random.default_rng(3)
    cloud = unit(rng.normal(size=(20000, 5)) * [3, 2, 1, 1, 0.5] + [1, 0, 0, 2, 0])
    of_images, _ = fit_maps("whiten", cloud, cloud)(1.0)
    white = of_images(cloud)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(white.T), np.eye(5), atol=0.03)


def test_transport_carries_mean_and_covariance_over():
    rng = np.random.default_rng(4)
    images = unit(rng.normal(size=(20000, 4)) * [3, 2, 1, 1] + [2, 0, 0, 0])
    texts = unit(rng.normal(size=(20000, 4)) * [1, 1, 2, 1] + [0, 0, 3, 0])
    of_images, of_texts = fit_maps("optimal_transport", images, texts)(1.0)
    np.testing.assert_allclose(of_images(images), images, atol=1e-6)
    moved = of_texts(texts)
    np.testing.assert_allclose(moved.mean(axis=0), images.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(np.cov(moved.T), np.cov(images.T), atol=0.01)


def test_transport_needs_no_pairs(pair):
    images, texts = pair
    shuffled = texts[np.random.default_rng(5).permutation(len(texts))]
    for first, second in zip(
        fit_maps("optimal_transport", images, texts)(1.0),
        fit_maps("optimal_transport", images, shuffled)(1.0),
        strict=True,
    ):
        np.testing.assert_allclose(first(texts), second(texts), atol=1e-5)


def test_collapse_is_centring_with_noise_as_large_as_what_centring_leaves(pair):
    of_images, of_texts = fit_maps("collapse_noise", *pair)(1.0)
    centred = fit_maps("centre", *pair)(1.0)
    np.testing.assert_allclose(of_images(pair[0]), centred[0](pair[0]), atol=1e-6)
    left = centred[0](pair[0]) - centred[1](pair[1])
    noise = of_texts(pair[1]) - centred[1](pair[1])
    assert noise.std() == pytest.approx(left.std(), rel=0.05)


@pytest.mark.parametrize("name", ["procrustes", "linear_map", "collapse_noise"])
def test_pairs_may_be_named(name, pair):
    images, texts = pair
    order = np.random.default_rng(6).permutation(len(texts))
    pairs = np.column_stack([np.arange(len(texts)), np.argsort(order)])
    plain = fit_intervention(name, images, texts)(images, texts, 1)
    named = fit_intervention(name, images, texts[order], pairs)(images, texts, 1)
    np.testing.assert_allclose(plain[1], named[1], atol=1e-5)
    with pytest.raises(InputError, match="row i matches row i"):
        fit_intervention(name, images, texts[:-1])


def test_the_whole_way_of_each(pair):
    assert full_amount("centre", *pair) == 1
    assert full_amount("translate_texts", *pair) == pytest.approx(l2m(*pair))

    def dimensions(image, text):
        return full_amount("drop_dimensions", np.array([image] * 3), np.array([text] * 3))

    assert dimensions([1.0, 0, 0], [-0.8, 0.6, 0]) == 1  # squares of the gap: 3.24, .36, 0
    assert dimensions([0.6, 0.8, 0, 0], [0, 0, 0.6, 0.8]) == 2  # .64, .64, .36, .36
    assert dimensions([1.0, 0], [0.0, 1]) == 1  # one is left


def test_translating_one_side_by_the_gap_puts_its_centre_on_the_others(pair):
    # Before rows are made unit length again.
    _, of_texts = fit_maps("translate_texts", *pair)(l2m(*pair))
    np.testing.assert_allclose(of_texts(pair[1]).mean(axis=0), pair[0].mean(axis=0), atol=1e-6)


def test_compare_runs_each_once():
    assert len(CLOSERS) >= 10
    assert set(INTERVENTIONS) - set(CLOSERS) == {"translate"}
