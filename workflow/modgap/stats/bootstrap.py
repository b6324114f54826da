"""Bootstrap and Student-t intervals.

Efron and Tibshirani, An Introduction to the Bootstrap (1993): percentile interval, section 13.3;
BCa interval, section 14.3.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from modgap.errors import InputError
from modgap.stats.checks import check_resampling, same_length

BATCH_ENTRIES = 1 << 21  # resamples × rows held at once: 16 MB of float64


@dataclass(frozen=True)
class Interval:
    """A value with its interval; `reason` says why a limit is NaN (empty where none is)."""

    value: float
    low: float
    high: float
    n: int
    method: str
    resamples: int
    seed: int | None
    reason: str = ""

    def row(self) -> dict[str, Any]:
        """The fields as one tidy row."""
        return asdict(self)


def batches(resamples: int, n: int) -> Iterator[int]:
    """Sizes of batches that together make `resamples` and each hold a bounded number of entries."""
    step = max(1, BATCH_ENTRIES // max(n, 1))
    for start in range(0, resamples, step):
        yield min(step, resamples - start)


def resample_counts(n: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of n rows is drawn in each resample, (resamples, n), rows summing to n."""
    drawn = rng.integers(n, size=(resamples, n)) + n * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n)


def percentile_limits(draws: np.ndarray, confidence: float) -> tuple[float, float]:
    """The central `confidence` share of the bootstrap draws; undefined (NaN) draws are left out."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def bca_limits(
    draws: np.ndarray, estimate: float, jackknife: np.ndarray, confidence: float
) -> tuple[float, float]:
    """Bias-corrected and accelerated limits (Efron and Tibshirani 1993, eq. 14.9–14.15).

    `jackknife` holds the estimate with each row left out. Draws equal to the estimate count half,
    without which a discrete statistic looks biased.
    """
    draws = draws[~np.isnan(draws)]
    below = (draws < estimate).sum() + 0.5 * (draws == estimate).sum()
    # Kept off 0 and 1, where the bias correction would be infinite.
    bias = stats.norm.ppf(np.clip(below, 0.5, len(draws) - 0.5) / len(draws))
    deviations = np.nanmean(jackknife) - jackknife[~np.isnan(jackknife)]
    spread = (deviations**2).sum() ** 1.5
    acceleration = (deviations**3).sum() / (6 * spread) if spread > 0 else 0.0
    shifted = bias + stats.norm.ppf([(1 - confidence) / 2, (1 + confidence) / 2])
    levels = stats.norm.cdf(bias + shifted / (1 - acceleration * shifted))
    low, high = np.quantile(draws, levels)
    return float(low), float(high)


def bootstrap_interval(
    statistic: Callable[..., float],
    *arrays: Any,
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
    interval: str = "bca",
) -> Interval:
    """Interval of `statistic(*arrays)`, resampling the rows of all arrays together.

    `arrays` each have n rows; `statistic` takes them and returns a float. `interval` is "bca" or
    "percentile". For Kendall's τ use `modgap.stats.kendall`, which is hundreds of times faster.

    Raises `InputError` for arrays of unequal length or an unknown interval.

    >>> bootstrap_interval(np.median, np.arange(30.0), resamples=999).value
    14.5
    """
    check_resampling(resamples, confidence)
    check_interval(interval)
    arrays = tuple(np.asarray(array) for array in arrays)
    same_length(**{f"array {i}": array for i, array in enumerate(arrays)})
    n = len(arrays[0])
    if n < 2:
        value = float(statistic(*arrays)) if n else np.nan
        return Interval(value, np.nan, np.nan, n, interval, resamples, seed, "fewer than 2 rows")
    rng = np.random.default_rng(seed)
    draws = np.array(
        [
            statistic(*(array[rows] for array in arrays))
            for rows in (rng.integers(n, size=n) for _ in range(resamples))
        ]
    )
    value = float(statistic(*arrays))
    if interval == "percentile":
        low, high = percentile_limits(draws, confidence)
    else:
        left_out = [statistic(*(np.delete(a, i, axis=0) for a in arrays)) for i in range(n)]
        low, high = bca_limits(draws, value, np.array(left_out), confidence)
    return Interval(value, low, high, n, interval, resamples, seed)


def check_interval(interval: str) -> None:
    """Raise `InputError` unless `interval` is "percentile" or "bca"."""
    if interval not in ("percentile", "bca"):
        raise InputError(f"interval: {interval!r}; expected 'percentile' or 'bca'")


def mean_interval(values: Any, confidence: float = 0.95) -> Interval:
    """Mean over seeds with its Student-t interval; NaN values are left out.

    Three seeds cannot be bootstrapped: their percentile interval is [smallest, largest], and that
    holds the mean of a symmetric scatter 75 % of the time. Student's t is exact for normal scatter.

    >>> interval = mean_interval([0.1, 0.2, 0.3])
    >>> round(interval.value, 3), round(interval.low, 3), round(interval.high, 3)
    (0.2, -0.048, 0.448)
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    values = values[~np.isnan(values)]
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan, n, "student_t", 0, None, "fewer than 2 values")
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return Interval(mean, float(mean - half), float(mean + half), n, "student_t", 0, None)
