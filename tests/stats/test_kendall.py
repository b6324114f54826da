"""Kendall's τ-b, its p and its interval against scipy and slow oracles."""

import numpy as np
import pytest
from scipy import stats

from modgap.errors import InputError
from modgap.stats import kendall
from modgap.stats.kendall import (
    bootstrap_limits,
    bound_limits,
    independence_p,
    pairing_sums,
    signs,
    weighted_tau,
)


def slow_sum(x, y):
    total = 0
    for i in range(len(x)):
        for j in range(i):
            total += int(np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]))
    return total


@pytest.mark.parametrize("levels", [2, 3, 7, 1000])
def test_tau_equals_scipys_over_random_ties(levels):
    rng = np.random.default_rng(levels)
    for n in (2, 3, 5, 8, 21, 83, 150):
        for _ in range(5):
            x, y = rng.integers(levels, size=n), rng.integers(levels, size=n) / 3
            expected = stats.kendalltau(x, y).statistic
            assert kendall(x, y, resamples=99).tau == pytest.approx(
                expected, abs=1e-12, nan_ok=True
            )


@pytest.mark.parametrize("n", [2, 5, 33])
def test_exact_p_equals_scipys_without_ties(n):
    rng = np.random.default_rng(n)
    for _ in range(10):
        x, y = rng.normal(size=(2, n))
        result = kendall(x, y, resamples=99)
        assert result.method == "exact"
        assert result.p == pytest.approx(stats.kendalltau(x, y, method="exact").pvalue, rel=1e-12)


@pytest.mark.parametrize("n", [3, 5, 6, 7])
def test_few_tied_rows_go_through_all_pairings_as_in_scipy(n):
    rng = np.random.default_rng(n)
    for _ in range(3 if n < 7 else 1):
        x, y = np.append(rng.integers(3, size=n - 2), [0, 1]), rng.integers(4, size=n)
        y[:2] = 0, 1
        expected = stats.permutation_test(
            (y,),
            lambda permuted, x=x: stats.kendalltau(x, permuted).statistic,
            permutation_type="pairings",
            n_resamples=9999,
        )
        result = kendall(x, y)
        assert result.method == "exact"
        assert result.p == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("n", [2, 7, 63, 64, 65, 131])
@pytest.mark.parametrize("levels", [2, 5, 10_000])
def test_pairing_sums_equal_the_double_loop(n, levels):
    rng = np.random.default_rng([n, levels])
    x, y = rng.integers(levels, size=(2, n)).astype(float)
    orders = rng.permuted(np.tile(np.arange(n), (3, 1)), axis=1)
    expected = [slow_sum(x, y[order]) for order in orders]
    assert pairing_sums(x, y, orders).tolist() == expected


def test_permutation_p_agrees_with_scipys_within_its_own_noise():
    rng = np.random.default_rng(5)
    x = rng.integers(6, size=40)
    y = x + rng.integers(20, size=40)
    ours, method = independence_p(x.astype(float), y.astype(float), 20_000, rng)
    theirs = stats.permutation_test(
        (y,),
        lambda permuted: stats.kendalltau(x, permuted).statistic,
        permutation_type="pairings",
        n_resamples=4999,
        rng=np.random.default_rng(1),
    ).pvalue
    assert method == "permutation"
    assert 0.002 < theirs < 0.9
    assert abs(ours - theirs) < 4 * np.sqrt(2 * theirs * (1 - theirs) / 4999)


def test_p_never_falls_below_what_the_resamples_can_show():
    x = np.arange(50.0)
    assert kendall(x, x, resamples=999).p == 2 / 1000
    assert kendall(x, -x, resamples=999).p == 2 / 1000


def test_weighted_tau_is_scipys_tau_of_the_repeated_rows():
    rng = np.random.default_rng(0)
    x, y = rng.integers(4, size=(2, 17)).astype(float)
    counts = rng.multinomial(17, np.full(17, 1 / 17), size=20)
    forms = (signs(x) * signs(y), np.abs(signs(x)), np.abs(signs(y)))
    expected = [stats.kendalltau(np.repeat(x, c), np.repeat(y, c)).statistic for c in counts]
    np.testing.assert_allclose(weighted_tau(forms, counts), expected, atol=1e-6)


def test_limits_agree_with_scipys_bootstrap():
    rng = np.random.default_rng(3)
    x = rng.normal(size=25)
    y = x + rng.normal(size=25)
    theirs = stats.bootstrap(
        (x, y),
        lambda a, b: stats.kendalltau(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=3999,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    ours = bootstrap_limits(x, y, 9999, rng, 0.95)
    np.testing.assert_allclose(ours, theirs, atol=0.025)


def test_order_monotone_scale_and_sign():
    rng = np.random.default_rng(8)
    x = rng.integers(9, size=45).astype(float)
    y = x + 4 * rng.normal(size=45)
    result = kendall(x, y, resamples=999)
    assert kendall(np.exp(x), y**3, resamples=999) == result
    turned = kendall(-x, y, resamples=999)
    assert turned.tau == -result.tau
    np.testing.assert_allclose([-turned.high, -turned.low], [result.low, result.high], atol=1e-6)
    shuffled = rng.permutation(45)
    moved = kendall(x[shuffled], y[shuffled], resamples=999)
    assert moved.tau == result.tau
    assert moved.p == pytest.approx(result.p, abs=0.02)


def test_same_seed_same_row_other_seed_other_resamples():
    x, y = np.random.default_rng(1).normal(size=(2, 60))
    assert kendall(x, y, resamples=999, seed=4).row() == kendall(x, y, resamples=999, seed=4).row()
    assert kendall(x, y, resamples=999, seed=4).p != kendall(x, y, resamples=999, seed=5).p
    wider = kendall(x, y, resamples=999, confidence=0.99)
    usual = kendall(x, y, resamples=999)
    assert wider.low < usual.low < usual.tau < usual.high < wider.high


def test_batches_do_not_change_the_number_of_resamples(monkeypatch):
    monkeypatch.setattr("modgap.stats.bootstrap.BATCH_ENTRIES", 1000)
    x, y = np.random.default_rng(1).normal(size=(2, 60))
    p = kendall(x, y, resamples=999).p
    assert p * 1000 == pytest.approx(round(p * 1000))


@pytest.mark.parametrize("tau", [1, -1])
def test_perfect_order_has_a_bound_instead_of_a_bootstrap(tau):
    x = np.arange(6.0)
    result = kendall(x, tau * x)
    assert (result.tau, result.interval) == (tau, "bound")
    assert result.low < result.high
    assert abs(result.high + result.low) < 1.01  # the bound leaves room on one side only
    # The limit is where the bound on the variance puts the sample z deviations away.
    inner = result.low if tau == 1 else result.high
    z = stats.norm.ppf(0.975)
    assert abs(tau - inner) == pytest.approx(z * np.sqrt(2 * (1 - inner**2) / 6))


def test_bound_tightens_with_rows():
    lows = [bound_limits(1.0, n, 0.95)[0] for n in (6, 20, 83, 1000)]
    assert lows == sorted(lows)
    assert lows[-1] > 0.98


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([], [], "fewer than 2 rows"),
        ([1], [2], "fewer than 2 rows"),
        ([1, 1, 1], [1, 2, 3], "x constant"),
        ([1, 2, 3], [1, 1, 1], "y constant"),
        ([2, 2], [1, 1], "x and y constant"),
    ],
)
def test_undefined_tau_is_nan_with_a_reason(x, y, reason):
    result = kendall(np.array(x, float), np.array(y, float))
    assert result.reason == reason
    assert np.isnan([result.tau, result.low, result.high, result.p]).all()


def test_four_rows_have_tau_and_p_but_no_interval():
    result = kendall([1, 2, 3, 4], [1, 2, 4, 3])
    assert (result.tau, result.p) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert np.isnan(result.low)
    assert result.reason == "no interval below 5 rows"


def test_nearly_constant_input_has_no_interval():
    # A third of the resamples miss the lone 1; the others put τ above what was seen.
    result = kendall([0, 0, 0, 0, 0, 1], [3, 1, 2, 5, 4, 6])
    assert np.isnan([result.low, result.high]).all()
    assert (result.interval, result.reason) == ("", "no interval: too many constant resamples")
    assert result.p == pytest.approx(1 / 3)


def test_a_few_constant_resamples_are_left_out():
    result = kendall([0, 0, 0, 0, 1, 1, 1], [3, 1, 2, 5, 4, 6, 7])  # 0.6 % of the resamples
    assert -1 <= result.low < result.tau < result.high <= 1


def test_float16_and_tensors_equal_float64():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 40)).astype(np.float16)
    result = kendall(x.astype(float), y.astype(float), resamples=99)
    assert kendall(x, y, resamples=99) == result
    assert kendall(torch.tensor(x), torch.tensor(y).requires_grad_(), resamples=99) == result


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": [1, 2, np.nan]}, "x: row 2 is nan"),
        ({"y": [1, np.inf, 2]}, "y: row 1 is inf"),
        ({"x": [1, 2]}, "x has 2, y has 3 rows"),
        ({"x": np.ones((3, 1))}, r"x: shape \(3, 1\)"),
        ({"y": np.array([1, "a", 2], object)}, "y: shape .* of object"),
        ({"resamples": 10}, "resamples: 10"),
        ({"confidence": 95}, "confidence: 95"),
        ({"x": np.arange(5001), "y": np.arange(5001)}, "5001 rows; expected at most 5000"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, message):
    with pytest.raises(InputError, match=message):
        kendall(**({"x": [1, 2, 3], "y": [3, 1, 2]} | arguments))
