"""Partial τ against a written-out regression, and what confounders may do."""

import numpy as np
import pytest
from scipy import stats

from modgap.errors import InputError
from modgap.stats import kendall, kendall_partial_tau, partial_kendall


def shared(n, seed=0):
    rng = np.random.default_rng(seed)
    size, width = rng.normal(size=(2, n))
    x = size + width + rng.normal(size=n)
    y = size - width + rng.normal(size=n)
    return x, y, {"size": size, "width": np.round(width)}


def scores(values):
    return stats.norm.ppf((stats.rankdata(values) - 0.5) / len(values))


@pytest.mark.parametrize("n", [9, 20, 83])
def test_tau_is_that_of_least_squares_residuals(n):
    x, y, given = shared(n)
    design = np.column_stack([np.ones(n), *(scores(z) for z in given.values())])
    left = [scores(v) - design @ np.linalg.lstsq(design, scores(v), rcond=None)[0] for v in (x, y)]
    result = partial_kendall(x, y, given, resamples=99)
    assert result.tau == pytest.approx(stats.kendalltau(*left).statistic, abs=1e-12)
    assert (result.n, result.confounders, result.reason) == (n, ("size", "width"), "")


def test_monotone_changes_of_scale_change_nothing():
    x, y, given = shared(30)
    bent = {name: np.exp(z) for name, z in given.items()}
    plain = partial_kendall(x, y, given, resamples=199)
    assert partial_kendall(x**3, np.exp(y), bent, resamples=199) == plain


def test_p_is_that_of_the_written_out_test():
    x, y, given = shared(25, seed=4)
    n, resamples, rng = 25, 2000, np.random.default_rng(9)
    design = np.column_stack([np.ones(n), *(scores(z) for z in given.values())])
    keep = np.eye(n) - design @ np.linalg.pinv(design)
    left_x, left_y = keep @ scores(x), keep @ scores(y)
    null = [
        stats.kendalltau(keep @ rng.permutation(left_x), left_y).statistic for _ in range(resamples)
    ]
    observed = stats.kendalltau(left_x, left_y).statistic
    expected = 2 * min(np.mean(null >= observed), np.mean(null <= observed))
    p = partial_kendall(x, y, given).p
    assert 0.01 < expected < 0.95
    assert p == pytest.approx(expected, abs=4 * np.sqrt(2 * expected / resamples))


def test_without_confounders_it_is_plain_tau_even_with_ties():
    rng = np.random.default_rng(1)
    x = rng.integers(2, size=40)
    y = x + rng.integers(4, size=40)
    partial, plain = partial_kendall(x, y, {}), kendall(x, y)
    assert partial.tau == pytest.approx(plain.tau, abs=1e-12)
    assert partial.p == pytest.approx(plain.p, abs=0.01)


def test_redundant_confounders_are_named_and_change_nothing():
    x, y, given = shared(30)
    more = given | {"constant": np.ones(30), "again": given["size"] * 2}
    expected = partial_kendall(x, y, given, resamples=199)
    result = partial_kendall(x, y, more, resamples=199)
    assert result.reason == "redundant confounder: constant, again"
    assert (result.tau, result.p) == (pytest.approx(expected.tau), pytest.approx(expected.p))


@pytest.mark.parametrize(
    ("x", "y", "given", "reason"),
    [
        (np.arange(9), np.sin(np.arange(9)), {"z": np.arange(9) ** 2}, "x is determined"),
        (np.sin(np.arange(9)), np.arange(9), {"z": np.arange(9) ** 2}, "y is determined"),
        (np.ones(9), np.arange(9), {}, "x constant"),
        ([1, 2, 3, 5], [2, 1, 5, 3], {"z": [1, 3, 2, 4]}, "4 rows are too few for 1 confounders"),
        ([], [], {"z": []}, "fewer than 2 rows"),
    ],
)
def test_what_cannot_be_told_is_nan_with_a_reason(x, y, given, reason):
    given = {name: np.asarray(z, float) for name, z in given.items()}
    result = partial_kendall(np.asarray(x, float), np.asarray(y, float), given)
    assert reason in result.reason
    assert np.isnan([result.tau, result.p]).all()


def test_bad_confounders_are_refused_by_name():
    with pytest.raises(InputError, match="confounder size: row 1 is nan"):
        partial_kendall([1, 2, 3], [1, 3, 2], {"size": [1, np.nan, 2]})
    with pytest.raises(InputError, match="size has 2 rows"):
        partial_kendall([1, 2, 3], [1, 3, 2], {"size": [1, 2]})


def test_kendalls_own_definition_equals_its_formula():
    x, y, given = shared(40, seed=2)
    z = given["width"]
    xy, xz, yz = (stats.kendalltau(*pair).statistic for pair in ((x, y), (x, z), (y, z)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert kendall_partial_tau(x, y, {"z": z}) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(kendall_partial_tau(x, y, {"a": z, "b": 2 * z}))
    assert np.isnan(kendall_partial_tau(x, y, {"constant": np.ones(40)}))
