"""Does one random ReLU layer bring two vectors closer? (Mind the Gap, Theorem 1.)"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.metrics.intervals import wilson

_BLOCK = 1 << 22  # pre-activations held at once


def simulate(
    seed: int,
    widths: Sequence[int] = (8, 32, 128, 512, 2048),
    ratios: Sequence[float] = (1.0, 1.5, 2.0, 4.0),
    pairs: int = 2000,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of pairs of vectors whose cosine grows after a random layer.

    Liang et al., Mind the Gap (NeurIPS 2022), Theorem 1: for fixed u, v with ‖u‖ = r ‖v‖, W and b
    ~ N(0, 1/d_out), and cos(u, v) < [(r + 1/r)/2]⁻¹, the cosine of relu(W u + b) and relu(W v + b)
    is larger than that of u and v with probability at least 1 − O(1/d_out).

    Parameters
    ----------
    seed
        Of cosines and networks; each pair has a network of its own.
    widths, ratios
        Values of d_out, and of r (at least 1); ‖v‖ = 1.
    pairs
        Pairs per row, their cosines even on (−1, bound) or (bound, 1).
    confidence
        Of the interval of the share.

    Returns
    -------
    One row per `ratio`, `width` and `side` of the bound: "below" (the theorem speaks of these) or
    "above" (none for r = 1): the `bound`, `share` that grew with `low` and `high` (Wilson), `n`
    pairs, and `failures_times_width` = d_out (1 − share), which stays bounded in d_out if the
    theorem's rate holds.

    Raises
    ------
    InputError
        For a ratio below 1, or a width or number of pairs below 1.
    """
    if min(ratios) < 1 or min(widths) < 1 or pairs < 1:
        raise InputError(
            f"ratios {tuple(ratios)}, widths {tuple(widths)}, pairs {pairs}: each at least 1"
        )
    rng = np.random.default_rng(seed)
    rows = []
    for ratio in ratios:
        bound = 2 / (ratio + 1 / ratio)
        for width in widths:
            for side, low, high in (("below", -1, bound), ("above", bound, 1)):
                if low < high:
                    cosines = rng.uniform(low, high, pairs)
                    grew = int((cosines_after(rng, cosines, ratio, width) > cosines).sum())
                    interval = wilson(grew, pairs, confidence)
                    share = grew / pairs
                    missing = width * (1 - share)
                    rows.append((ratio, width, side, bound, share, *interval, pairs, missing))
    names = ["ratio", "width", "side", "bound", "share", "low", "high", "n", "failures_times_width"]
    return pd.DataFrame(rows, columns=names)


def cosines_after(
    rng: np.random.Generator, cosines: np.ndarray, ratio: float, width: int
) -> np.ndarray:
    """Cosine of each pair after a random ReLU layer of its own, (pairs,); NaN if an output is 0.

    A unit's pre-activations of u and v, times √width, are Gaussian with covariance matrix
    [[r² + 1, r cos + 1], [r cos + 1, 2]], the 1 from the bias: only those two are drawn.
    """
    after, step = np.empty(len(cosines)), max(1, _BLOCK // (2 * width))
    for start in range(0, len(cosines), step):
        cosine = cosines[start : start + step, None]
        u, v = rng.standard_normal((2, len(cosine), width))
        slope = (ratio * cosine + 1) / (ratio**2 + 1)
        v *= np.sqrt(2 - slope**2 * (ratio**2 + 1))
        u *= np.sqrt(ratio**2 + 1)
        v += slope * u
        u, v = np.maximum(u, 0), np.maximum(v, 0)
        lengths = np.sqrt(np.vecdot(u, u) * np.vecdot(v, v))
        with np.errstate(invalid="ignore"):
            after[start : start + step] = np.vecdot(u, v) / lengths
    return after
