"""Which dimensions carry the gap."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.checks import embedding_pair
from modgap.metrics.rows import unit_sum


@dataclass(frozen=True)
class GapDimensions:
    """The gap by dimension, arrays of length d in the order of the dimensions.

    Attributes
    ----------
    mean_image, mean_text : numpy.ndarray
        Means of the unit embeddings.
    difference : numpy.ndarray
        mean_image − mean_text.
    share : numpy.ndarray
        Of the squared gap, adding up to 1.
    order : numpy.ndarray
        Dimensions by falling |difference|.
    """

    mean_image: np.ndarray
    mean_text: np.ndarray
    difference: np.ndarray
    share: np.ndarray
    order: np.ndarray


def gap_dimensions(images: Any, texts: Any) -> GapDimensions:
    """Share of each dimension in the squared gap ‖mean x − mean y‖².

    It depends on the axes: a rotation spreads the same gap over other dimensions.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.

    Returns
    -------
    GapDimensions

    Raises
    ------
    InputError
        For what `l2m` refuses and if there is no gap to share.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Fig. 4a.

    Examples
    --------
    >>> gap_dimensions([[1.0, 0.0], [1.0, 0.0]], [[3.0, 4.0], [0.6, 0.8]]).share.round(3).tolist()
    [0.2, 0.8]
    """
    images, texts = embedding_pair(images, texts)
    mean_image = unit_sum(images, "images") / len(images)
    mean_text = unit_sum(texts, "texts") / len(texts)
    difference = mean_image - mean_text
    total = float(difference @ difference)
    if total == 0:
        raise InputError("images and texts have the same mean: there is no gap to share out")
    order = np.argsort(-np.abs(difference), kind="stable")
    return GapDimensions(mean_image, mean_text, difference, difference**2 / total, order)
