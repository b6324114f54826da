"""Kendall's τ-b with an exact or permutation p and a bootstrap interval, made for repetition.

τ-b = Σ_{i<j} s_ij / sqrt(untied pairs in x · untied pairs in y), where
s_ij = sign(x_i − x_j)·sign(y_i − y_j).
A permutation of y leaves the denominator as it is, so only the sum is counted anew.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from modgap.errors import InputError
from modgap.stats.bootstrap import batches, percentile_limits, resample_counts
from modgap.stats.checks import check_resampling, same_length, vector

EXACT_UP_TO = 33  # rows; beyond it scipy too leaves the exact distribution
INTERVAL_FROM = 5  # rows; fewer have too few different resamples for any interval
LARGEST_N = 5000  # rows; pairs are held in memory


@dataclass(frozen=True)
class KendallResult:
    """One tidy row: τ-b with interval and two-sided p.

    Attributes
    ----------
    n : int
        Rows.
    tau : float
        Kendall's τ-b, in [−1, 1].
    low, high : float
        Limits of the interval of τ.
    p : float
        Two-sided p of independence.
    method : str
        How p was found: "exact" or "permutation".
    interval : str
        How low and high were: "percentile", or "bound" where |τ| = 1 (see `kendall`).
    resamples, seed : int
        As given.
    reason : str
        Why a value is NaN; empty where none is.
    """

    n: int
    tau: float
    low: float
    high: float
    p: float
    method: str
    interval: str
    resamples: int
    seed: int
    reason: str = ""

    def row(self) -> dict[str, Any]:
        """The fields as one tidy row."""
        return asdict(self)


def kendall(
    x: Any, y: Any, *, resamples: int = 9999, seed: int = 0, confidence: float = 0.95
) -> KendallResult:
    """Kendall's τ-b with interval and p, as one tidy row.

    p is exact without ties up to 33 rows (as in scipy) and wherever all n! pairings are at most
    `resamples`; else from random pairings, (count + 1)/(resamples + 1), twice the smaller tail, as
    in `scipy.stats.permutation_test`.

    The interval is the percentile one of resampled rows. Where |τ| = 1 every resample agrees and it
    says nothing; the limits then come from var τ ≤ 2(1 − τ²)/n. A constant x or y, or fewer than 2
    rows, gives NaN and a reason; nearly constant ones, or fewer than 5 rows, have no interval.

    Parameters
    ----------
    x, y
        (n,) finite numbers each: array, list, Series or tensor.
    resamples
        Of rows (for the interval) and of pairings (for p); at least 99.
    seed
        Of both; the result repeats with it.
    confidence
        Of the interval, in (0, 1).

    Returns
    -------
    KendallResult

    Raises
    ------
    InputError
        For values that are not finite numbers, unequal lengths, over 5,000 rows, settings out of
        range.

    References
    ----------
    Kendall, The Treatment of Ties in Ranking Problems (Biometrika 1945); the bound: Kendall and
    Gibbons, Rank Correlation Methods (1990), ch. 4; the interval: Efron and Tibshirani, An
    Introduction to the Bootstrap (1993), section 13.3.

    Examples
    --------
    >>> result = kendall([1, 2, 3, 4, 5], [2, 1, 3, 5, 4])
    >>> result.n, result.tau, round(result.p, 4), result.method
    (5, 0.6, 0.2333, 'exact')
    """
    check_resampling(resamples, confidence)
    x, y = vector("x", x), vector("y", y)
    same_length(x=x, y=y)
    n = len(x)
    if n > LARGEST_N:
        raise InputError(
            f"x: {n} rows; expected at most {LARGEST_N} (scipy.stats.kendalltau takes more)"
        )
    reason = undefined(x, y)
    if reason:
        nan = float("nan")
        return KendallResult(n, nan, nan, nan, nan, "", "", resamples, seed, reason)
    pairing, drawing = np.random.default_rng(seed).spawn(2)
    tau = tau_b(x, y)
    p, method = independence_p(x, y, resamples, pairing)
    interval = "bound" if abs(tau) == 1 else "percentile"
    if n < INTERVAL_FROM:
        low, high, reason = np.nan, np.nan, f"no interval below {INTERVAL_FROM} rows"
    elif interval == "bound":
        low, high = bound_limits(tau, n, confidence)
    else:
        low, high = bootstrap_limits(x, y, resamples, drawing, confidence)
        reason = "no interval: too many constant resamples" if math.isnan(low) else ""
    interval = "" if math.isnan(low) else interval
    return KendallResult(n, tau, low, high, p, method, interval, resamples, seed, reason)


def undefined(x: np.ndarray, y: np.ndarray) -> str:
    """Why τ-b of x and y does not exist; empty where it does."""
    if len(x) < 2:
        return "fewer than 2 rows"
    constant = [name for name, values in (("x", x), ("y", y)) if np.ptp(values) == 0]
    return f"{' and '.join(constant)} constant" if constant else ""


def signs(values: np.ndarray) -> np.ndarray:
    """sign(v_i − v_j), (n, n), exact in the float type that sums of n² of them need."""
    order = stats.rankdata(values, "dense")
    wanted = np.float32 if len(values) ** 2 <= 1 << 24 else np.float64
    return np.sign(order[:, None] - order[None, :]).astype(wanted)


def tau_b(x: np.ndarray, y: np.ndarray) -> float:
    """Kendall's τ-b (Kendall 1945); NaN where x or y is constant."""
    of_x, of_y = signs(x), signs(y)
    untied = np.abs(of_x).sum(dtype=np.float64), np.abs(of_y).sum(dtype=np.float64)
    both = (of_x * of_y).sum(dtype=np.float64)
    if not all(untied):
        return float("nan")
    # One root each would make a perfect order 0.9999…; a product of whole numbers does not.
    return float(both / math.sqrt(untied[0] * untied[1]))


def independence_p(
    x: np.ndarray, y: np.ndarray, resamples: int, rng: np.random.Generator
) -> tuple[float, str]:
    """Two-sided p that x and y are independent, and whether it is "exact" or "permutation"."""
    n = len(x)
    if n <= EXACT_UP_TO and len(np.unique(x)) == len(np.unique(y)) == n:
        return float(stats.kendalltau(x, y, method="exact").pvalue), "exact"
    observed = (signs(x) * signs(y)).sum(dtype=np.float64) / 2
    if math.factorial(min(n, 20)) <= resamples:
        sums = pairing_sums(x, y, np.array(list(itertools.permutations(range(n)))))
        return two_sided(sums, observed, added=0), "exact"
    sums = np.concatenate([pairing_sums(x, y, order) for order in _pairings(n, resamples, rng)])
    return two_sided(sums, observed, added=1), "permutation"


def two_sided(null: np.ndarray, observed: float, added: int) -> float:
    """Twice the smaller tail of `null` at `observed`; `added` = 1 counts the observation itself."""
    tail = min((null <= observed).sum(), (null >= observed).sum())
    return float(min(1.0, 2 * (tail + added) / (len(null) + added)))


def _pairings(n: int, resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    for size in batches(resamples, n):
        yield rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1)


def pairing_sums(x: np.ndarray, y: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Σ_{i<j} sign(x_i − x_j)·sign(y_π(i) − y_π(j)) for each row π of `orders`, (R, n) -> (R,).

    Rows are met in the order of x. Of each resample a bit set remembers which y were met; the new
    y adds how many of them are smaller and takes off how many are greater: 64 pairs per operation.
    """
    by_x = np.argsort(x, kind="stable")
    starts = np.flatnonzero(np.diff(x[by_x], prepend=np.nan) != 0)  # rows tied in x meet together
    smaller, greater = _bit_sets(y[None, :] < y[:, None]), _bit_sets(y[None, :] > y[:, None])
    itself = _bit_sets(np.eye(len(y), dtype=bool))
    met = np.zeros((len(itself), len(orders)), np.uint64)
    sums = np.zeros(len(orders), np.int64)
    columns = np.ascontiguousarray(orders.T)
    for tied in np.split(columns[by_x], starts[1:]):
        for item in tied:
            for word, seen in enumerate(met):
                sums += np.bitwise_count(seen & smaller[word][item])
                sums -= np.bitwise_count(seen & greater[word][item])
        for item in tied:
            for word, seen in enumerate(met):
                seen |= itself[word][item]
    return sums


def _bit_sets(member: np.ndarray) -> np.ndarray:
    """Rows of an (n, n) boolean matrix as bits, (words, n) of 64 bits each."""
    words = -(-member.shape[1] // 64)
    padded = np.zeros((len(member), 64 * words), bool)
    padded[:, : member.shape[1]] = member
    return np.packbits(padded, axis=1).view(np.uint64).T.copy()


def bootstrap_limits(
    x: np.ndarray, y: np.ndarray, resamples: int, rng: np.random.Generator, confidence: float
) -> tuple[float, float]:
    """Percentile limits of τ-b over resamples of the rows.

    Constant resamples have no τ. Where they are more than the interval leaves out, limits from the
    others would be those of luckier data: NaN.

    A resample is the vector w of how often each row is drawn, so its τ-b is
    wᵀSw / sqrt(wᵀ|S_x|w · wᵀ|S_y|w): three matrix products for all resamples at once.
    """
    of_x, of_y = signs(x), signs(y)
    forms = (of_x * of_y, np.abs(of_x), np.abs(of_y))
    n = len(x)
    drawn = (resample_counts(n, size, rng) for size in batches(resamples, n))
    draws = np.concatenate([weighted_tau(forms, counts) for counts in drawn])
    if np.isnan(draws).mean() > 1 - confidence:
        return float("nan"), float("nan")
    return percentile_limits(draws, confidence)


def weighted_tau(forms: tuple[np.ndarray, ...], weights: np.ndarray) -> np.ndarray:
    """τ-b with row i counted `weights[:, i]` times, (R, n) -> (R,).

    `forms` are S, |S_x| and |S_y|, (n, n) each. NaN where a resample is constant.
    """
    weights = weights.astype(forms[0].dtype)
    both, of_x, of_y = (
        np.einsum("rn,rn->r", weights @ form, weights).astype(np.float64) for form in forms
    )
    with np.errstate(invalid="ignore"):  # a resample of one value only: 0/0, left out as NaN
        return both / np.sqrt(of_x * of_y)


def bound_limits(tau: float, n: int, confidence: float) -> tuple[float, float]:
    """Limits that hold for any population: |τ̂ − τ| ≤ z·sqrt(2(1 − τ²)/n), solved for τ."""
    c = 2 * stats.norm.ppf((1 + confidence) / 2) ** 2 / n
    half = math.sqrt(c * (1 + c - tau**2))
    return float(max(-1, (tau - half) / (1 + c))), float(min(1, (tau + half) / (1 + c)))
