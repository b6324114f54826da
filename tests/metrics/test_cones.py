import numpy as np
import pytest
from helpers.public_features import clouds, needs_features

from modgap import l2m
from modgap.errors import InputError
from modgap.metrics.cones import cone_break
from modgap.metrics.procrustes import procrustes


def cones(count, n=30, d=40, spread=0.3, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=d) + spread * rng.normal(size=(n, d)) for _ in range(count)]


def unit(cloud):
    return cloud / np.linalg.norm(cloud, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [2, 7, 25])
def test_k_cones_break_after_k_minus_one_values(count):
    assert cone_break(cones(count)).break_after == count - 1


def test_the_values_are_those_of_the_centred_pool():
    parts = cones(3, n=11, d=6)
    found = cone_break(parts)
    pooled = np.concatenate([unit(cloud) for cloud in parts])
    centred = pooled - pooled.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)
    np.testing.assert_allclose(found.singular_values, values, atol=1e-5)
    np.testing.assert_allclose(found.explained_variance, values**2 / (values**2).sum(), atol=1e-6)
    means = np.array([unit(cloud).mean(axis=0) for cloud in parts])
    between = ((means - means.mean(axis=0)) ** 2).sum() / 3
    assert found.between == pytest.approx(between / (centred**2).sum(axis=1).mean(), rel=1e-5)


def test_one_cone_cut_in_parts_has_nothing_between_them():
    (cloud,) = cones(1, n=400)
    parts = [cloud[:200], cloud[200:]]
    assert cone_break(parts).between < 0.05
    assert cone_break(cones(2, n=200)).between > 0.5


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([np.eye(3)], "1, expected at least 2"),
        ([np.eye(3), np.ones((4, 3))], "expected one shape"),
        ([np.eye(3), np.zeros((3, 3))], "cloud 1: row 0 is all zeros"),
    ],
)
def test_bad_clouds_are_refused(parts, message):
    with pytest.raises(InputError, match=message):
        cone_break(parts)


def test_procrustes_finds_the_rotation():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(7, 7)))
    texts = rng.normal(size=(50, 7))
    found = procrustes(texts @ turn.T, texts)
    np.testing.assert_allclose(found, turn, atol=1e-5)


def test_no_other_rotation_is_closer():
    rng = np.random.default_rng(1)
    images, texts = unit(rng.normal(size=(20, 4)) + 1), unit(rng.normal(size=(20, 4)) - 1)
    best = procrustes(images, texts)
    np.testing.assert_allclose(best @ best.T, np.eye(4), atol=1e-10)
    least = ((images - texts @ best.T) ** 2).sum()
    for _ in range(50):
        other, _ = np.linalg.qr(rng.normal(size=(4, 4)))
        assert ((images - texts @ other.T) ** 2).sum() >= least


@needs_features
def test_procrustes_closes_the_gap_of_an_untrained_clip():
    images, texts = clouds("features_clip_random")
    assert l2m(images, texts) > 1
    assert l2m(images, texts @ procrustes(images, texts).T) < 0.02


def test_unequal_numbers_are_no_pairs():
    with pytest.raises(InputError, match="3 images and 2 texts"):
        procrustes(np.eye(3), np.eye(3)[:2])
