import numpy as np
import pytest
from helpers.public_features import paired

from modgap.errors import InputError
from modgap.measure.looks.gap_pca import look


@pytest.mark.parametrize("d", [5, 30])
def test_the_components_are_those_of_the_pooled_clouds(d):
    rng = np.random.default_rng(0)
    images, texts = rng.normal(size=(40, d)) + 1, rng.normal(size=(40, d)) - 1
    table = look(*paired(images, texts), seed=0)
    x, y = (cloud / np.linalg.norm(cloud, axis=1, keepdims=True) for cloud in (images, texts))
    pooled = np.concatenate([x, y])
    _, values, axes = np.linalg.svd(pooled - pooled.mean(axis=0), full_matrices=False)
    count = min(d, 20)
    shares = (values**2 / (values**2).sum())[:count]
    np.testing.assert_allclose(table["explained_variance"], shares, atol=1e-6)
    gap = x.mean(0) - y.mean(0)
    along = (axes @ gap / np.linalg.norm(gap)) ** 2
    np.testing.assert_allclose(table["gap_share"], along[:count], atol=1e-5)
    if d == 5:
        assert table["gap_share"].sum() == pytest.approx(1)


def test_clouds_far_apart_have_the_gap_first():
    rng = np.random.default_rng(1)
    shift = np.array([3.0, 0, 0, 0])
    images, texts = rng.normal(size=(2, 50, 4))
    table = look(*paired(images + shift, texts - shift), seed=0)
    assert table["gap_share"].iloc[0] > 0.98
    assert table["component"].tolist() == [1, 2, 3, 4]


def test_without_a_gap_it_is_refused():
    cloud = np.random.default_rng(2).normal(size=(20, 4))
    with pytest.raises(InputError, match="no direction"):
        look(*paired(cloud, cloud), seed=0)
