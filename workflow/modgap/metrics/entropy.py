"""Entropy of what a contrastive model predicts for each query."""

from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import BUDGET, namespace, similarity_blocks, to_numpy
from modgap.metrics.checks import embedding_pair
from modgap.metrics.rows import unit_rows


def logit_entropy(images: Any, texts: Any, logit_scale: float, budget: int = BUDGET) -> float:
    """Mean entropy of softmax(logit_scale · cosines with all texts) over the images.

    Swap the first two arguments for the other direction.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.
    logit_scale
        1/temperature, as a factor (exp of the learnt parameter), above 0.
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    float
        In nats, in [0, log M]: it depends on how many texts there are, so only values over one set
        compare.

    Raises
    ------
    InputError
        For a logit scale that is not positive and for what `l2m` refuses.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), section 6, Fig. 8.

    Examples
    --------
    >>> round(logit_entropy([[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [2.0, 2.0]], 100.0), 6)
    0.693147
    """
    return float(row_entropies(images, texts, logit_scale, budget).mean())


def row_entropies(images: Any, texts: Any, logit_scale: float, budget: int = BUDGET) -> np.ndarray:
    """The entropy of each image's softmax, (N,) float64; arguments as `logit_entropy`."""
    images, texts = embedding_pair(images, texts)
    if not (np.isfinite(logit_scale) and logit_scale > 0):
        raise InputError(
            f"logit_scale: {logit_scale}, expected a positive number (1/temperature, 100 for CLIP)"
        )
    x, y = unit_rows(images, "images") * float(logit_scale), unit_rows(texts, "texts")
    xp = namespace(x)
    entropies = np.empty(len(x))
    for start, stop, block in similarity_blocks(x, y, budget, per_value=8):
        block -= xp.amax(block, axis=1)[:, None]
        weights = xp.exp(block)
        total = to_numpy(weights.sum(1)).astype(np.float64)
        expected = to_numpy(xp.einsum("ij,ij->i", weights, block)).astype(np.float64)
        # log Σ e^l − Σ p l, each row's largest logit taken off before
        entropies[start:stop] = np.log(total) - expected / total
    return entropies
