"""How well a hyperplane tells the two modalities apart."""

from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import to_numpy
from modgap.metrics.checks import embedding_pair
from modgap.metrics.rows import unit_rows

_TRAIN = 0.8
_STEPS = 50


def linear_separability(images: Any, texts: Any, seed: int = 0) -> float:
    """Accuracy of logistic regression, image against text, on held-out items.

    As many images as texts (the larger cloud is sampled), 80 % of each to fit and 20 % to test,
    drawn with `seed`; L2 penalty ½‖w‖² beside the summed loss, free intercept (scikit-learn's
    default). In [0, 1]: 0.5 without a gap, 1 when the clouds are apart. `images` (N, d), `texts`
    (M, d). Raises `InputError` for fewer than 5 items of a modality and for what `l2m` refuses.

    >>> cloud = np.random.default_rng(0).normal(size=(50, 3))
    >>> linear_separability(cloud + 9, cloud - 9)
    1.0
    """
    hits, n = separability_hits(images, texts, seed)
    return hits / n


def separability_hits(images: Any, texts: Any, seed: int = 0) -> tuple[int, int]:
    """Test items told apart rightly, and test items; as `linear_separability`."""
    images, texts = embedding_pair(images, texts)
    n = min(len(images), len(texts))
    if n < 5:
        raise InputError(
            f"images: {len(images)} rows, texts: {len(texts)}; expected at least 5 of each, one in "
            "five is held out"
        )
    rng = np.random.default_rng(seed)
    clouds = [_sample(images, n, rng, "images"), _sample(texts, n, rng, "texts")]
    train = int(_TRAIN * n)
    x, y = (np.concatenate([cloud[part] for cloud in clouds]) for part in _halves(train))
    target = np.repeat([1.0, 0.0], train)
    weights = _logistic_regression(x, target)
    guess = y @ weights[:-1] + weights[-1] > 0
    return int((guess == np.repeat([True, False], n - train)).sum()), 2 * (n - train)


def _halves(train: int) -> tuple[slice, slice]:
    return slice(train), slice(train, None)


def _sample(cloud: Any, n: int, rng: np.random.Generator, name: str) -> np.ndarray:
    return to_numpy(unit_rows(cloud, name))[rng.permutation(len(cloud))[:n]].astype(np.float64)


def _logistic_regression(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Weights and intercept (d + 1,) that minimise ½‖w‖² + summed logistic loss, by Newton."""
    x = np.column_stack([x, np.ones(len(x))])
    penalty = np.ones(x.shape[1])
    penalty[-1] = 0
    weights = np.zeros(x.shape[1])

    def objective(weights: np.ndarray) -> float:
        score = x @ weights
        return float(np.logaddexp(0, score).sum() - target @ score + penalty @ weights**2 / 2)

    value = objective(weights)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -500, 500)))
        slope = x.T @ (chance - target) + penalty * weights
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(penalty + 1e-10)
        step = np.linalg.solve(curve, slope)
        # A full Newton step can overshoot far from the minimum.
        while (after := objective(weights - step)) > value and np.abs(step).max() > 1e-12:
            step /= 2
        weights, gain, value = weights - step, value - after, after
        if gain <= 1e-9 * max(1.0, value):
            break
    return weights
