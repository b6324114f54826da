"""Minimum detectable τ against closed forms and simulation."""

import numpy as np
import pytest
from scipy import stats

from modgap.errors import InputError
from modgap.stats import minimum_detectable_tau
from modgap.stats.power import critical_tau, tau_deviation


@pytest.mark.parametrize("n", [5, 7, 9, 10, 20, 83])
def test_the_test_finds_it_four_times_in_five(n):
    rho = np.sin(np.pi / 2 * minimum_detectable_tau(n))
    rng = np.random.default_rng([1, n])
    x, noise = rng.normal(size=(2, 2000, n))
    y = rho * x + np.sqrt(1 - rho**2) * noise
    found = [stats.kendalltau(a, b).pvalue <= 0.05 for a, b in zip(x, y, strict=True)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_deviation_without_correlation_is_the_textbook_one(n):
    assert tau_deviation(0, n) ** 2 == pytest.approx(2 * (2 * n + 5) / (9 * n * (n - 1)))
    assert tau_deviation(1, n) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("n", [5, 6, 9])
def test_critical_tau_is_the_least_that_scipy_calls_significant(n):
    least = critical_tau(n, 0.05)
    x = np.arange(n)
    rng = np.random.default_rng(n)
    results = [stats.kendalltau(x, rng.permutation(n), method="exact") for _ in range(3000)]
    results.append(stats.kendalltau(x, x, method="exact"))
    significant = min(abs(r.statistic) for r in results if r.pvalue <= 0.05)
    assert significant == pytest.approx(least)


def test_it_falls_with_rows_and_rises_with_power():
    smallest = [minimum_detectable_tau(n) for n in (5, 6, 7, 8, 9, 10, 12, 20, 83, 1000)]
    assert smallest == sorted(smallest, reverse=True)
    assert minimum_detectable_tau(30, power=0.9) > minimum_detectable_tau(30)
    assert minimum_detectable_tau(30, alpha=0.01) > minimum_detectable_tau(30)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_too_few_rows_find_nothing(n):
    assert np.isnan(minimum_detectable_tau(n))


def test_impossible_power_is_refused():
    with pytest.raises(InputError, match=r"power: 0\.01 at alpha 0\.05"):
        minimum_detectable_tau(20, power=0.01)
