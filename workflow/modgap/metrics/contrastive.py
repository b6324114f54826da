"""The contrastive loss of given similarities, without a network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp

from modgap.errors import InputError


@dataclass(frozen=True)
class ContrastiveLoss:
    """Cross-entropy in nats: `image_to_text`, `text_to_image`, and their mean `symmetric`."""

    image_to_text: Any
    text_to_image: Any

    @property
    def symmetric(self) -> Any:
        """The mean of both directions, which CLIP is trained with."""
        return (self.image_to_text + self.text_to_image) / 2


def contrastive_loss(logits: Any, labels: Any = None) -> ContrastiveLoss:
    """InfoNCE of images with texts, as CLIP is trained with (Radford et al., ICML 2021, Fig. 3).

    Parameters
    ----------
    logits
        Cosine over temperature of each image (row) with each text (column), (…, n, n): leading
        axes are batches, and each has its own loss.
    labels
        (n,) column that is right for each row, and row that is right for each column; by default
        item i with item i.

    Returns
    -------
    Both directions, each of the shape of the leading axes (a float if there are none).

    Raises
    ------
    InputError
        If `logits` are not square or a label is not among the items.

    Examples
    --------
    >>> loss = contrastive_loss(np.zeros((4, 4)))
    >>> round(float(loss.symmetric - np.log(4)), 12)
    0.0
    """
    logits = np.asarray(logits, dtype=np.float64)
    if logits.ndim < 2 or logits.shape[-1] != logits.shape[-2]:
        raise InputError(f"logits: shape {logits.shape}, expected (…, n, n)")
    n = logits.shape[-1]
    rows = np.arange(n)
    labels = rows if labels is None else np.asarray(labels)
    if labels.shape != (n,) or labels.min() < 0 or labels.max() >= n:
        raise InputError(f"labels: {labels}, expected one of 0 to {n - 1} for each of {n} items")
    right_text, right_image = logits[..., rows, labels], logits[..., labels, rows]
    return ContrastiveLoss(
        (logsumexp(logits, axis=-1) - right_text).mean(axis=-1),
        (logsumexp(logits, axis=-2) - right_image).mean(axis=-1),
    )
