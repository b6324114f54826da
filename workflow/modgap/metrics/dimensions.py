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

    `mean_image`, `mean_text`: means of the unit embeddings; `difference` = image − text; `share` of
    the squared gap, adding up to 1; `order`: dimensions by falling |difference|.
    """

    mean_image: np.ndarray
    mean_text: np.ndarray
    difference: np.ndarray
    share: np.ndarray
    order: np.ndarray


def gap_dimensions(images: Any, texts: Any) -> GapDimensions:
    """Share of each dimension in the squared gap ‖mean x − mean y‖² (Two Effects, Fig. 4a).

    `images` (N, d), `texts` (M, d). It depends on the axes: a rotation spreads the same gap over
    other dimensions. Raises `InputError` for what `l2m` refuses and if there is no gap to share.

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
