"""Resamples of rows and Student-t intervals."""

import numpy as np
import pytest
from scipy import stats

from modgap.stats import mean_interval
from modgap.stats.bootstrap import batches, percentile_limits, resample_counts


def test_percentile_limits_leave_out_equal_tails_and_undefined_draws():
    draws = np.random.default_rng(0).permutation([*np.arange(101.0), np.nan, np.nan])
    assert percentile_limits(draws, 0.9) == pytest.approx((5, 95))


def test_counts_are_resamples_of_the_rows():
    counts = resample_counts(7, 5000, np.random.default_rng(0))
    assert counts.shape == (5000, 7)
    assert (counts.sum(axis=1) == 7).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.06)
    np.testing.assert_allclose(counts.var(axis=0), 6 / 7, atol=0.08)


@pytest.mark.parametrize(("resamples", "n"), [(99, 1), (9999, 83), (10, 10**7), (1000, 4999)])
def test_batches_add_up(resamples, n):
    sizes = list(batches(resamples, n))
    assert sum(sizes) == resamples
    assert max(sizes) * n <= max(n, 1 << 21)


def test_mean_of_three_seeds_has_students_interval():
    values = [0.41, 0.47, 0.44]
    expected = stats.t.interval(0.95, 2, loc=np.mean(values), scale=stats.sem(values))
    result = mean_interval([*values, np.nan])
    assert (result.n, result.reason) == (3, "")
    np.testing.assert_allclose([result.low, result.high], expected)


def test_students_interval_covers_the_mean_of_three_seeds():
    draws = np.random.default_rng(0).normal(size=(2000, 3))
    covered = [i.low <= 0 <= i.high for i in map(mean_interval, draws)]
    assert 0.93 < np.mean(covered) < 0.97


@pytest.mark.parametrize(("values", "mean"), [([], np.nan), ([0.5], 0.5), ([np.nan, 2], 2)])
def test_one_value_has_no_interval(values, mean):
    result = mean_interval(values)
    assert result.value == pytest.approx(mean, nan_ok=True)
    assert np.isnan([result.low, result.high]).all()
    assert result.reason == "fewer than 2 values"
