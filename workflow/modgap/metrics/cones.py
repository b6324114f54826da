"""Are several clouds of vectors separate cones? A number for what a projection shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.checks import embeddings
from modgap.metrics.rows import unit_rows


@dataclass(frozen=True)
class ConeBreak:
    """The principal components of several clouds together.

    `singular_values` (d,) of the pooled unit rows about their mean, falling; `explained_variance`,
    their squares' shares; `clouds`, how many; `between`, the share of the variance that is between
    the clouds' means; `break_after`, the number of components before the largest relative drop
    among the first 2 · `clouds`.
    """

    singular_values: np.ndarray
    explained_variance: np.ndarray
    clouds: int
    between: float
    break_after: int


def cone_break(clouds: Sequence[Any]) -> ConeBreak:
    """Where the singular values of several clouds together break.

    k narrow cones in different directions differ in k − 1 directions, and within each there is
    little left: the values break after the (k − 1)th (a number for Mind the Gap, Fig. 2c, where
    k = 25 initialisations).

    Parameters
    ----------
    clouds
        At least two arrays (n, d) of one d and, so that each counts alike, of one n.

    Returns
    -------
    ConeBreak

    Raises
    ------
    InputError
        For fewer than two clouds, clouds of different shapes, fewer than 2 dimensions, and rows
        that are not finite or are zero.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cones = [axis + 0.05 * rng.normal(size=(40, 8)) for axis in np.eye(8)[:4]]
    >>> cone_break(cones).break_after
    3
    """
    if len(clouds) < 2:
        raise InputError(f"clouds: {len(clouds)}, expected at least 2")
    checked = [embeddings(cloud, f"cloud {number}") for number, cloud in enumerate(clouds)]
    shapes = {tuple(cloud.shape) for cloud in checked}
    if len(shapes) > 1 or checked[0].shape[1] < 2:
        raise InputError(f"clouds: shapes {sorted(shapes)}, expected one shape (n, d), d > 1")
    n, d = checked[0].shape
    # Sums of d × d: the pooled rows may be many.
    gram, means = np.zeros((d, d)), []
    for number, cloud in enumerate(checked):
        unit = unit_rows(cloud, f"cloud {number}").astype(np.float64)
        gram += unit.T @ unit
        means.append(unit.mean(axis=0))
    centre = np.mean(means, axis=0)
    gram -= n * len(clouds) * np.outer(centre, centre)
    squares = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0)
    values = np.sqrt(squares)
    last = min(2 * len(clouds), d - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        drops = np.nan_to_num(values[:last] / values[1 : last + 1], nan=1.0, posinf=np.inf)
    between = n * ((np.array(means) - centre) ** 2).sum() / squares.sum()
    return ConeBreak(
        values, squares / squares.sum(), len(clouds), float(between), int(drops.argmax()) + 1
    )
