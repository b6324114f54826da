import numpy as np
import pytest
from helpers import naive_metrics
from helpers.tiny_embeddings import tiny_pair

from modgap import cosine_shift, l2m, margins
from modgap.errors import InputError
from modgap.measure.table import measure_pair


def clouds(n=31, m=31, d=9, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(n, d))
    return images, images[np.arange(m) % n] + rng.normal(size=(m, d)) + 0.5


def cosines_of(images, texts, pairs):
    """Cosines of matching pairs and of all others."""
    cosines = naive_metrics.unit(images) @ naive_metrics.unit(texts).T
    right = np.zeros(cosines.shape, bool)
    right[pairs[:, 0], pairs[:, 1]] = True
    return cosines[right], cosines[~right]


def test_the_margin_is_the_largest_that_a_bias_allows():
    images, texts = clouds()
    right, wrong = cosines_of(images, texts, np.repeat(np.arange(31)[:, None], 2, 1))
    (found,) = margins(images, texts, budget=2000)
    assert found.margin == pytest.approx((right.min() - wrong.max()) / 2, abs=2e-7)
    assert found.margin < 0
    # Both sides touch: a larger m fails on one of them whatever the bias.
    assert right.min() == pytest.approx(found.relative_bias + found.margin, abs=4e-7)
    assert wrong.max() == pytest.approx(found.relative_bias - found.margin, abs=4e-7)


def test_orthogonal_pairs_have_half_the_cosine_as_margin_wherever_a_shift_puts_them():
    axes = np.eye(4)
    assert margins(axes, axes)[0].margin == 0.5
    # A common part pushes all cosines up by the same: the bias moves, the margin shrinks.
    shifted = margins(axes + 0.5, axes + 0.5)[0]
    assert shifted.relative_bias == pytest.approx((1 + 2 / 3) / 2, abs=1e-6)
    assert shifted.margin == pytest.approx((1 - 2 / 3) / 2, abs=1e-6)


@pytest.mark.parametrize("tail", [0.01, 0.1, 0.3])
def test_tails_are_quantiles_of_both_kinds_of_pairs(tail):
    images, texts = clouds(60, 180)
    pairs = np.column_stack([np.arange(180) % 60, np.arange(180)])
    right, wrong = cosines_of(images, texts, pairs)
    _, found = margins(images, texts, pairs, tails=(0.0, tail), budget=5000)
    low, high = np.quantile(right, tail), np.quantile(wrong, 1 - tail, method="inverted_cdf")
    assert found.margin == pytest.approx((low - high) / 2, abs=2e-5)
    assert found.relative_bias == pytest.approx((low + high) / 2, abs=2e-5)


def test_one_mislabelled_pair_decides_the_margin_but_not_its_quantiles():
    rng = np.random.default_rng(0)
    images = np.eye(200) + 0.01 * rng.normal(size=(200, 200))
    swapped = images.copy()
    swapped[[3, 8]] = swapped[[8, 3]]
    exact, robust = margins(images, swapped, tails=(0.0, 0.02))
    assert exact.margin < -0.4 < 0.4 < robust.margin


def test_a_text_that_repeats_is_no_wrong_item_of_its_other_images():
    images, texts = np.eye(3), np.eye(3)[[0, 0, 2]]
    images[1] = images[0]
    assert margins(images, texts)[0].margin == 0
    assert margins(images, texts, text_groups=[0, 0, 1])[0].margin == 0.5


def test_without_other_pairs_there_is_no_margin():
    every = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert np.isnan(margins(*clouds(2, 2), every)[0].margin)


@pytest.mark.parametrize("tail", [-0.1, 0.5, np.nan])
def test_a_tail_out_of_range_is_refused(tail):
    with pytest.raises(InputError, match="tails"):
        margins(*clouds(), tails=(tail,))


def test_the_cosine_shift_is_half_the_squared_gap_but_for_what_items_share_with_themselves():
    images, texts = clouds(40, 40)
    x, y = naive_metrics.unit(images), naive_metrics.unit(texts)
    off = ~np.eye(40, dtype=bool)
    expected = ((x @ x.T)[off].mean() + (y @ y.T)[off].mean()) / 2 - (x @ y.T)[off].mean()
    assert cosine_shift(images, texts) == pytest.approx(expected, abs=1e-12)
    rng = np.random.default_rng(1)
    many = rng.normal(size=(2, 4000, 5)) + np.array([[[0.7]], [[-0.2]]])
    assert cosine_shift(*many) == pytest.approx(l2m(*many) ** 2 / 2, abs=1e-3)


def test_the_metric_table_has_them():
    table = measure_pair(*tiny_pair(), seed=0, resamples=300)
    values = table.set_index("metric")["value"]
    assert values["margin"] <= values["margin:one_percent"]
    row = table[table["metric"] == "cosine_shift"].iloc[0]
    assert row["low"] < row["value"] < row["high"]
    within = 1 - values["cosine_shift"] - values["cosine_non_pairs"]
    rmg = (1 - values["cosine_pairs"]) / (1 - values["cosine_pairs"] + within)
    assert values["rmg"] == pytest.approx(rmg)
