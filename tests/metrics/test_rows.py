"""Clouds read once, in blocks: pairs in any order, either cloud the larger, checked rows."""

import numpy as np
import pytest
from helpers import naive_metrics

from modgap import effective_rank, gap, l2i, logit_entropy, moad, recall_at_k, similarity_spread
from modgap.errors import InputError
from modgap.metrics import rows
from modgap.metrics.pairs import read_pairs
from modgap.metrics.rows import as_unit, unit_rows, weighted_distances, weighted_dots

SIZES = [(23, 101), (101, 23), (57, 57)]


def clouds(n, m, d=11, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) + 0.5, 3 * rng.normal(size=(m, d))


def some_pairs(n, m, seed=0):
    """Pairs in no order, some rows several times and some never."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(n - 3, size=140), rng.integers(m - 5, size=140)])


@pytest.fixture(params=["float64", "float32"])
def small_blocks(request, monkeypatch):
    """Blocks of a few rows, in either precision; what is exact to in it."""
    monkeypatch.setattr(rows, "_BLOCK_BYTES", 400)
    monkeypatch.setattr(rows, "_COPY_BYTES", 800)
    if request.param == "float32":
        monkeypatch.setattr(rows, "_WIDE", 0)
        return 1e-6
    return 1e-12


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_one_reading_gives_sums_cosines_and_distances_of_any_pairs(n, m, small_blocks):
    images, texts = clouds(n, m)
    pairs = some_pairs(n, m)
    x, y = naive_metrics.unit(images), naive_metrics.unit(texts)
    measures = (weighted_dots, weighted_distances)
    sum_x, sum_y, (cosines, distances) = read_pairs(images, texts, pairs, measures)
    np.testing.assert_allclose(sum_x, x.sum(0), atol=100 * small_blocks)
    np.testing.assert_allclose(sum_y, y.sum(0), atol=100 * small_blocks)
    left, right = x[pairs[:, 0]], y[pairs[:, 1]]
    np.testing.assert_allclose(cosines, (left * right).sum(1), atol=small_blocks)
    expected = np.linalg.norm(left - right, axis=1)
    np.testing.assert_allclose(distances, expected, atol=small_blocks)
    assert l2i(images, texts, pairs) == pytest.approx(expected.mean(), abs=small_blocks)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_rmg_of_any_pairs_is_that_of_the_full_matrices(n, m, small_blocks):
    images, texts = clouds(n, m)
    pairs = some_pairs(n, m)
    expected = naive_metrics.rmg(images, texts, pairs.tolist())
    assert gap(images, texts, pairs).rmg == pytest.approx(expected, abs=small_blocks)


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("metric", [gap, l2i])
def test_a_bad_row_is_named_by_its_number_in_the_cloud(n, m, metric, small_blocks):
    for place, name in ((0, "images"), (1, "texts")):
        both = list(clouds(n, m))
        both[place][15, 3] = np.inf
        both[place][20] = 0
        with pytest.raises(InputError, match=f"{name}: row 15 is not finite"):
            metric(*both, some_pairs(n, m))


def test_rows_of_extreme_length_keep_their_cosines(monkeypatch):
    monkeypatch.setattr(rows, "_WIDE", 0)
    images, texts = (cloud.astype(np.float32) for cloud in clouds(9, 9))
    plain = gap(images, texts, some_pairs(9, 9)).cosine_pairs
    for scale in (1e-30, 1e30):
        found = gap(images, np.float32(scale) * texts, some_pairs(9, 9)).cosine_pairs
        assert found == pytest.approx(plain, abs=1e-6)


def test_equal_rows_are_at_no_distance_at_any_precision(small_blocks):
    images, _ = clouds(40, 40)
    assert l2i(images, images) == 0
    assert l2i(images, 7 * images) == pytest.approx(0, abs=1e-6 if small_blocks == 1e-6 else 1e-15)


def test_checked_rows_give_what_raw_rows_give():
    images, texts = (unit_rows(cloud, "cloud") for cloud in clouds(30, 90))
    checked = as_unit(images, "images"), as_unit(texts, "texts")
    pairs = np.column_stack([np.arange(90) // 3, np.arange(90)])
    assert gap(*checked, pairs) == gap(images, texts, pairs)
    assert recall_at_k(*checked, pairs) == recall_at_k(images, texts, pairs)
    for metric in (l2i, lambda x, y, pairs: similarity_spread(x, y)):
        assert metric(*checked, pairs) == metric(images, texts, pairs)
    assert effective_rank(checked[0]) == effective_rank(images)
    labels = np.arange(30) % 3, np.arange(30) % 4
    assert moad(checked[0], *labels) == moad(images, *labels)
    assert logit_entropy(*checked, 20.0) == pytest.approx(logit_entropy(images, texts, 20.0))
    some = np.array([4, 1, 17])
    np.testing.assert_array_equal(checked[0].select(some).vectors, images[some])


def test_a_bad_row_among_checked_rows_is_refused_when_they_are_checked():
    images, _ = clouds(30, 30)
    images[7] = np.nan
    with pytest.raises(InputError, match="images: row 7 is not finite"):
        as_unit(images, "images")
