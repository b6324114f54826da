"""The two clouds beyond their centres: principal angles, the gap's direction, Fréchet distance."""

from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.checks import embedding_pair
from modgap.metrics.geometry import Moments, moments


def subspace_angles(images: Any, texts: Any, k: int = 10) -> np.ndarray:
    """Principal angles between the leading-k subspaces of the two centred clouds.

    The leading subspace is spanned by the k directions of largest variance of the unit embeddings
    about their own mean.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d); rows are made unit length.
    k
        Dimensions of each subspace, 1 to the smaller rank of the two centred clouds.

    Returns
    -------
    numpy.ndarray
        (k,) radians in [0, π/2], rising: 0 shared directions, π/2 orthogonal ones. Independent
        subspaces of d dimensions are near π/2 only where k is far below d.

    Raises
    ------
    InputError
        For what `l2m` refuses and for a k out of range.

    References
    ----------
    Björck and Golub, Numerical Methods for Computing Angles Between Linear Subspaces (Math. Comp.
    1973).

    Examples
    --------
    >>> subspace_angles([[1.0, 0.2, 0.0], [1.0, -0.2, 0.0]], [[1.0, 0.0, 3.0], [1.0, 0.0, -3.0]], 1)
    array([1.57079633])
    """
    from scipy.linalg import subspace_angles as principal_angles

    images, texts = embedding_pair(images, texts)
    bases = []
    for cloud, name in ((images, "images"), (texts, "texts")):
        values, directions = np.linalg.eigh(_mean_and_covariance(cloud, name)[1])
        rank = int((values > len(values) * np.finfo(float).eps).sum())
        if not 1 <= k <= rank:
            raise InputError(f"k: {k}, expected 1 to {rank}, the rank of the centred {name}")
        bases.append(directions[:, -k:])
    return principal_angles(*bases)[::-1]


def gap_cosine(images: Any, texts: Any) -> float:
    """How far the embeddings vary along the gap: a root mean square cosine.

    √(Δ̂ᵀ (C_x + C_y) Δ̂ / tr(C_x + C_y)), with the direction Δ̂ of the gap vector μ_x − μ_y and the
    clouds' covariances C: cosines of Δ̂ and x − μ, weighted by the squared length of x − μ.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d); rows are made unit length.

    Returns
    -------
    float
        In [0, 1]: 0 where the gap is orthogonal to all that varies within a modality, 1 where
        nothing varies but along it; 1/√d where variance has no preferred direction.

    Raises
    ------
    InputError
        For what `l2m` refuses, clouds with one mean, and clouds in which nothing varies.

    References
    ----------
    Ours; the statement that the two are orthogonal is of arXiv 2603.29080.

    Examples
    --------
    >>> gap_cosine([[1.0, 0.0, 0.5], [1.0, 0.0, -0.5]], [[0.0, 1.0, 0.5], [0.0, 1.0, -0.5]])
    0.0
    """
    images, texts = embedding_pair(images, texts)
    return cosine_of_gap(moments(images, "images"), moments(texts, "texts"))


def cosine_of_gap(images: Moments, texts: Moments) -> float:
    """`gap_cosine` of two clouds of which the moments are known."""
    (mean_x, of_x), (mean_y, of_y) = map(_centred, (images, texts))
    gap, covariance = mean_x - mean_y, of_x + of_y
    square, variance = float(gap @ gap), float(np.trace(covariance))
    if min(square, variance) <= len(gap) * np.finfo(float).eps:
        what = "the two clouds have one mean" if square < variance else "nothing varies within them"
        raise InputError(f"images and texts: {what}; there is no angle to the gap")
    return float(np.sqrt(max(gap @ covariance @ gap, 0.0) / square / variance))


def frechet_distance(images: Any, texts: Any) -> float:
    """Fréchet distance of two normal distributions with the clouds' means and covariances.

    ‖μ_x − μ_y‖² + tr(C_x + C_y − 2 (C_x C_y)^½), squared as usual for this score: the first term is
    the square of L2M, what remains is a difference of shape.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d); rows are made unit length. Values depend on N and M unless both are far
        above d.

    Returns
    -------
    float
        In [0, 4]; 0 when means and covariances agree.

    Raises
    ------
    InputError
        For what `l2m` refuses.

    References
    ----------
    Dowson and Landau, The Fréchet Distance Between Multivariate Normal Distributions (J. Multivar.
    Anal. 1982); Heusel et al., GANs Trained by a Two Time-Scale Update Rule (NeurIPS 2017), eq. 6.

    Examples
    --------
    >>> frechet_distance([[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]])
    2.0
    """
    images, texts = embedding_pair(images, texts)
    (mean_x, of_x), (mean_y, of_y) = (
        _mean_and_covariance(cloud, name) for cloud, name in ((images, "images"), (texts, "texts"))
    )
    # The trace of the root of a product is the sum of the singular values of the roots' product.
    shared = np.linalg.svd(_root(of_x) @ _root(of_y), compute_uv=False).sum()
    step = mean_x - mean_y
    return float(max(step @ step + np.trace(of_x) + np.trace(of_y) - 2 * shared, 0.0))


def _mean_and_covariance(cloud: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    return _centred(moments(cloud, name))


def _centred(cloud: Moments) -> tuple[np.ndarray, np.ndarray]:
    mean = cloud.total / cloud.n
    return mean, cloud.gram / cloud.n - np.outer(mean, mean)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, directions = np.linalg.eigh(covariance)
    return (directions * np.sqrt(values.clip(0))) @ directions.T
