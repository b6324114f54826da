import numpy as np
import pytest

from modgap.metrics.intervals import resampled_weights, wilson


def test_wilson_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    for hits, n in ((0, 7), (3, 7), (7, 7), (552, 1000)):
        found = stats.binomtest(hits, n).proportion_ci(0.9, method="wilson")
        assert wilson(hits, n, 0.9) == pytest.approx((found.low, found.high), abs=1e-12)


def test_weights_are_draws_with_replacement_and_repeat_with_the_seed():
    weights = np.concatenate(list(resampled_weights(40, 3000, seed=1)))
    assert weights.shape == (3000, 40)
    assert (weights.sum(1) == 40).all()
    assert weights.var() == pytest.approx(1 - 1 / 40, abs=0.02)
    again = np.concatenate(list(resampled_weights(40, 3000, seed=1)))
    np.testing.assert_array_equal(weights, again)


def test_blocks_of_many_items_hold_one_resample_at_least():
    blocks = list(resampled_weights(5_000_000, 2, seed=0))
    assert [block.shape for block in blocks] == [(1, 5_000_000)] * 2
