"""Intervals of metrics: Wilson's for a proportion, a weighted bootstrap for what sums can give."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

# Weights of one block of resamples, in bytes.
_BLOCK_BYTES = 16 * 2**20


def wilson(hits: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a proportion `hits` / `n` (Wilson 1927); within [0, 1].

    >>> [round(bound, 4) for bound in wilson(0, 10)]
    [0.0, 0.2775]
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


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
