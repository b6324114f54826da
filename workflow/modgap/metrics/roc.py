"""Area under the receiver operating characteristic, and the error of a difference of two."""

from typing import Any

import numpy as np
from scipy.stats import rankdata

from modgap.errors import InputError


def roc_auc(scores: Any, positive: Any) -> float:
    """Chance that a positive item scores higher than a negative one, ties counting half.

    `scores` (N,) finite; `positive` (N,) true or false, some of each. In [0, 1]. Raises
    `InputError` if all items are of one kind.

    >>> roc_auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    0.75
    """
    of_positives, _ = _placements(scores, positive)
    return float(of_positives.mean())


def auc_difference_error(scores: Any, others: Any, positive: Any) -> float:
    """Standard error of `roc_auc(scores)` − `roc_auc(others)` on the same items.

    DeLong, DeLong & Clarke-Pearson (Biometrics 1988): the variance over positives and over
    negatives of each item's own share, correlation included. Needs two items of each kind.

    >>> auc_difference_error([0.1, 0.4, 0.3, 0.8], [0.1, 0.4, 0.3, 0.8], [0, 0, 1, 1])
    0.0
    """
    one, other = _placements(scores, positive), _placements(others, positive)
    parts = [a - b for a, b in zip(one, other, strict=True)]
    if min(map(len, parts)) < 2:
        raise InputError("positive: expected at least two items of each kind")
    return float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts)))


def _placements(scores: Any, positive: Any) -> tuple[np.ndarray, np.ndarray]:
    """Per positive the share of negatives below it; per negative that of positives above it."""
    scores, positive = np.asarray(scores, np.float64), np.asarray(positive, bool)
    if scores.ndim != 1 or scores.shape != positive.shape:
        raise InputError(f"scores {scores.shape} and positive {positive.shape}: expected (N,) both")
    if positive.all() or not positive.any():
        raise InputError("positive: all items are of one kind; expected some of each")
    together = rankdata(scores)
    above, below = scores[positive], scores[~positive]
    lower = (together[positive] - rankdata(above)) / len(below)
    higher = 1 - (together[~positive] - rankdata(below)) / len(above)
    return lower, higher
