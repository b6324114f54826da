"""Intervals of metrics: Wilson's for a proportion, a weighted bootstrap for what sums can give."""

from collections.abc import Iterator

import numpy as np

# Weights of one block of resamples, in bytes.
_BLOCK_BYTES = 16 * 2**20


def wilson(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a proportion.

    Parameters
    ----------
    hits, n
        The proportion is `hits` / `n`, 0 ≤ `hits` ≤ `n`.
    confidence
        Of the interval, in (0, 1).

    Returns
    -------
    tuple of float
        Lower and upper limit, within [0, 1].

    References
    ----------
    Wilson, Probable Inference, the Law of Succession, and Statistical Inference (JASA 1927).

    Examples
    --------
    >>> [round(limit, 4) for limit in wilson(0, 10)]
    [0.0, 0.2775]
    """
    from scipy.stats import binomtest  # a second to import

    limits = binomtest(hits, n).proportion_ci(confidence, method="wilson")
    return float(limits.low), float(limits.high)


def resampled_weights(items: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Yield blocks (r, items) float32: how often each item is in each bootstrap resample.

    A resample draws `items` items with replacement. Statistics that are sums over items need only
    these counts: one matrix product per block instead of a pass over the data per resample.
    """
    rng = np.random.default_rng(seed)
    step = max(1, min(resamples, _BLOCK_BYTES // (4 * items)))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(items, size=(rows, items)) + items * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * items)
        yield counts.reshape(rows, items).astype(np.float32)
