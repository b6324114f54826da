"""General bootstrap and Student-t intervals."""

import numpy as np
import pytest
from scipy import stats

from modgap.errors import InputError
from modgap.stats import bootstrap_interval, mean_interval
from modgap.stats.bootstrap import batches, bca_limits, percentile_limits, resample_counts


@pytest.mark.parametrize("interval", ["percentile", "BCa"])
def test_limits_agree_with_scipys_on_skewed_data(interval):
    values = np.random.default_rng(0).exponential(size=40)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method=interval, rng=np.random.default_rng(1)
    ).confidence_interval
    ours = bootstrap_interval(np.mean, values, resamples=9999, interval=interval.lower())
    assert ours.value == values.mean()
    np.testing.assert_allclose([ours.low, ours.high], theirs, atol=0.02)


def test_bca_of_an_unbiased_symmetric_statistic_is_the_percentile_interval():
    draws = np.random.default_rng(0).normal(size=9999)
    draws = np.concatenate([draws, -draws])
    jackknife = np.array([-1.0, 0.0, 1.0])
    expected = percentile_limits(draws, 0.9)
    np.testing.assert_allclose(bca_limits(draws, 0.0, jackknife, 0.9), expected, atol=1e-9)


def test_rows_of_several_arrays_stay_together():
    x = np.arange(30.0)
    result = bootstrap_interval(lambda a, b: np.abs(a - b).max(), x, x, resamples=99)
    assert (result.value, result.low, result.high) == (0, 0, 0)


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
    assert (result.n, result.method, result.resamples) == (3, "student_t", 0)
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


def test_unequal_arrays_and_unknown_intervals_are_refused():
    with pytest.raises(InputError, match="array 0 has 3, array 1 has 2 rows"):
        bootstrap_interval(np.dot, np.ones(3), np.ones(2))
    with pytest.raises(InputError, match="interval: 't'"):
        bootstrap_interval(np.mean, np.ones(3), interval="t")
