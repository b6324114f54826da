import numpy as np
import pytest

from modgap.metrics.intervals import resampled_weights, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (3, 7), (7, 7), (552, 1000), (1, 250_000)])
def test_wilson_solves_its_equation(hits, n):
    # Its limits are where |share − p| = z · √(p (1 − p) / n).
    z, share = 1.6448536269514722, hits / n
    low, high = wilson(hits, n, 0.9)
    assert 0 <= low <= share <= high <= 1
    for limit in (low, high):
        assert abs(share - limit) == pytest.approx(z * (limit * (1 - limit) / n) ** 0.5, abs=1e-12)


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
