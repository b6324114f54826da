"""How well a hyperplane tells the two modalities apart."""

import warnings
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import to_numpy
from modgap.metrics.checks import embedding_pair
from modgap.metrics.rows import unit_rows

_TRAIN = 0.8


def linear_separability(images: Any, texts: Any, seed: int = 0) -> float:
    """Accuracy of logistic regression, image against text, on held-out items.

    As many images as texts (the larger cloud is sampled), 80 % of each to fit and 20 % to test;
    scikit-learn's logistic regression with its default penalty.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.
    seed
        Of the draw; the result repeats with it.

    Returns
    -------
    float
        In [0, 1]: 0.5 without a gap, 1 when the clouds are apart.

    Raises
    ------
    InputError
        For fewer than 5 items of a modality and for what `l2m` refuses.

    Examples
    --------
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
    # Imported here: it takes a second, and most callers want another metric.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Where all rows are one point, no Newton step is better: scikit-learn goes on with L-BFGS.
        warnings.simplefilter("ignore", ConvergenceWarning)
        guess = LogisticRegression(solver="newton-cholesky").fit(x, target).predict(y) > 0.5
    return int((guess == np.repeat([True, False], n - train)).sum()), 2 * (n - train)


def _halves(train: int) -> tuple[slice, slice]:
    return slice(train), slice(train, None)


def _sample(cloud: Any, n: int, rng: np.random.Generator, name: str) -> np.ndarray:
    return to_numpy(unit_rows(cloud, name))[rng.permutation(len(cloud))[:n]].astype(np.float64)
