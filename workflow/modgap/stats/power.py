"""The smallest τ that a sample of n can be expected to find."""

import math
from functools import lru_cache

import numpy as np
from scipy import optimize, stats

from modgap.errors import InputError

NORMAL_FROM = 10  # rows; below it the steps of the exact test are too coarse for the formula
SIMULATED = 20_000


@lru_cache(maxsize=1024)
def minimum_detectable_tau(n: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """τ > 0 that a two-sided test finds with a given probability in n rows.

    For bivariate normal x and y (after any monotone change of scale), no ties. From 10 rows: the
    sample τ is taken as normal around τ with its exact standard deviation there (`tau_deviation`)
    and must pass z·(its deviation at τ = 0). Below: the exact test, simulated with a fixed seed.

    Parameters
    ----------
    n
        Rows.
    power
        The probability, above `alpha` and below 1.
    alpha
        Level of the test, in (0, 1).

    Returns
    -------
    float
        In (0, 1); NaN where no order of n rows reaches `alpha` (n ≤ 4 at 0.05).

    Raises
    ------
    InputError
        For power or alpha out of range.

    References
    ----------
    Kendall and Gibbons, Rank Correlation Methods (1990), ch. 10.

    Examples
    --------
    >>> round(minimum_detectable_tau(83), 2)
    0.21
    """
    if not 0 < alpha < 1 or not alpha < power < 1:
        raise InputError(f"power: {power} at alpha {alpha}; expected 0 < alpha < power < 1")
    if n < 2 or 2 / math.factorial(min(n, 20)) > alpha:
        return float("nan")
    if n < NORMAL_FROM:
        return _simulated(n, power, alpha)
    critical = stats.norm.ppf(1 - alpha / 2) * tau_deviation(0.0, n)
    needed = stats.norm.ppf(power)

    def lacking(tau: float) -> float:
        return critical + needed * tau_deviation(tau, n) - tau

    return float(optimize.brentq(lacking, 0.0, 1.0)) if lacking(1.0) < 0 else float("nan")


def tau_deviation(tau: float, n: int) -> float:
    """Standard deviation of the sample τ of n bivariate normal rows whose true τ is `tau`.

    Exact (Esscher 1924; Kendall and Gibbons, Rank Correlation Methods, ch. 10):
    var = 2/(n(n−1)) · [1 − τ² + 2(n−2)·(1/9 − ((2/π)·arcsin(ρ/2))²)], ρ = sin(πτ/2).
    """
    half = 2 / math.pi * math.asin(math.sin(math.pi * tau / 2) / 2)
    variance = 2 / (n * (n - 1)) * (1 - tau**2 + 2 * (n - 2) * (1 / 9 - half**2))
    return math.sqrt(max(variance, 0.0))


def critical_tau(n: int, alpha: float) -> float:
    """The smallest |τ| of n rows without ties whose exact two-sided p is at most `alpha`."""
    orders = np.ones(1)  # how many orders have 0, 1, 2, … pairs turned round
    for rows in range(2, n + 1):
        orders = np.convolve(orders, np.ones(rows))
    p = 2 * np.cumsum(orders) / math.factorial(n)
    most_turned = int(np.searchsorted(p, alpha * (1 + 1e-12), side="right")) - 1
    return 1 - 4 * most_turned / (n * (n - 1))


def _simulated(n: int, power: float, alpha: float) -> float:
    rng = np.random.default_rng(n)
    x, noise = rng.normal(size=(2, SIMULATED, n))
    first, second = np.triu_indices(n, 1)
    x_signs = np.sign(x[:, first] - x[:, second])
    least = critical_tau(n, alpha) - 1e-9

    def lacking(tau: float) -> float:
        rho = math.sin(math.pi * tau / 2)
        y = rho * x + math.sqrt(1 - rho**2) * noise
        sample = (x_signs * np.sign(y[:, first] - y[:, second])).mean(axis=1)
        return power - float((np.abs(sample) >= least).mean())

    return float(optimize.bisect(lacking, 0.0, 1.0, xtol=1e-4))
