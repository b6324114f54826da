"""The rotation that lays texts on their images."""

from typing import Any

import numpy as np
from scipy.linalg import svd

from modgap.errors import InputError
from modgap.metrics.checks import embedding_pair
from modgap.metrics.rows import unit_rows


def procrustes(images: Any, texts: Any) -> np.ndarray:
    """The orthogonal W for which Σ ‖image_i − W text_i‖² is smallest.

    W = U Vᵀ of the singular value decomposition of Σ image_i text_iᵀ (Schönemann, Psychometrika
    1966). Rows of texts are turned by `texts @ W.T`. Put on the texts of an untrained model it
    closes most of the gap that the model starts with (Mind the Gap, section 4.3).

    Fewer pairs than dimensions leave W open in the directions that no pair spans; libraries then
    differ from machine to machine. Of all such W this is the one nearest to the identity.

    Parameters
    ----------
    images, texts
        (n, d) each, row i belonging to row i; they are made unit length.

    Returns
    -------
    numpy.ndarray
        W, (d, d) float64.

    Raises
    ------
    InputError
        For clouds of different shapes, and rows that are not finite or are zero.

    Examples
    --------
    >>> procrustes([[0.0, 1.0], [-1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]).round(12).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    """
    images, texts = embedding_pair(images, texts)
    if len(images) != len(texts):
        raise InputError(f"{len(images)} images and {len(texts)} texts, expected pairs, row by row")
    x, y = unit_rows(images, "images"), unit_rows(texts, "texts")
    u, singular, vt = svd(x.astype(np.float64).T @ y.astype(np.float64))
    rank = np.count_nonzero(singular > singular[0] * len(singular) * np.finfo(np.float64).eps)
    turn = u[:, :rank] @ vt[:rank]
    if rank < len(singular):
        a, _, b = svd(u[:, rank:].T @ vt[rank:].T)
        turn += u[:, rank:] @ (a @ b) @ vt[rank:]
    return turn
