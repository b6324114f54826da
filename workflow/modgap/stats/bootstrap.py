"""Resamples of rows, their percentile interval, and Student's interval of a mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

BATCH_ENTRIES = 1 << 21  # resamples × rows held at once: 16 MB of float64


@dataclass(frozen=True)
class Interval:
    """A mean with its interval.

    Attributes
    ----------
    value : float
        The mean; NaN without values.
    low, high : float
        The limits; NaN where there are none.
    n : int
        How many values it rests on.
    reason : str
        Why the limits are NaN; empty where they are not.
    """

    value: float
    low: float
    high: float
    n: int
    reason: str = ""


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


def mean_interval(values: Any, confidence: float = 0.95) -> Interval:
    """Mean over seeds with its Student-t interval.

    Three seeds cannot be bootstrapped: their percentile interval is [smallest, largest], and that
    holds the mean of a symmetric scatter 75 % of the time. Student's t is exact for normal scatter.

    Parameters
    ----------
    values
        Any shape; NaN values are left out.
    confidence
        Of the interval, in (0, 1).

    Returns
    -------
    Interval
        Without limits where fewer than two values are left.

    References
    ----------
    Student, The Probable Error of a Mean (Biometrika 1908).

    Examples
    --------
    >>> interval = mean_interval([0.1, 0.2, 0.3])
    >>> round(interval.value, 3), round(interval.low, 3), round(interval.high, 3)
    (0.2, -0.048, 0.448)
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    values = values[~np.isnan(values)]
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan, n, "fewer than 2 values")
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return Interval(mean, float(mean - half), float(mean + half), n)
