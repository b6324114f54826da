"""Items that a model maps to exactly zero: without a direction, nothing can be said of them."""

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from modgap.formats.embeddings import Embeddings

_log = logging.getLogger(__name__)
# A larger share is no accident of some items but a fault of weights or precision.
_MOST = 0.01


def with_direction(clouds: Mapping[str, Embeddings]) -> dict[str, Embeddings]:
    """Images and texts without the few that have no direction.

    A tower that ends in a ReLU may answer an item with zeros alone. Such images are left out with
    their captions, and such captions; each is counted in the metadata (`left_out`) and said. Of
    more than 1 % of a modality, and of class prompts, without which a class has no chance, none is
    left out: who writes or reads them refuses them.

    Parameters
    ----------
    clouds
        `images`, `texts` or both, of one data set.

    Returns
    -------
    dict of str to Embeddings
        The same; `left_out` is 0 where all is well.

    Examples
    --------
    >>> import pandas as pd
    >>> images = Embeddings(pd.DataFrame({"id": list("abc")}), np.eye(3), {})
    >>> with_direction({"images": images})["images"].metadata
    {'left_out': 0}
    """
    zeros = {name: _few_zeros(cloud, name) for name, cloud in clouds.items()}
    if "images" in clouds and "texts" in clouds:
        lost = clouds["images"].table["id"][zeros["images"]]
        zeros["texts"] |= clouds["texts"].table["image_id"].isin(lost).to_numpy()
    return {name: _without(cloud, zeros[name], name) for name, cloud in clouds.items()}


def _few_zeros(cloud: Embeddings, name: str) -> np.ndarray:
    """(n,) bool, the rows without direction; none if these are too many, or a prompt is among."""
    zero = ~cloud.vectors.any(axis=1)
    prompts = (cloud.table["kind"] != "caption").to_numpy() if name == "texts" else False
    few = zero.sum() <= _MOST * len(zero) and not (zero & prompts).any()
    return zero if few else np.zeros_like(zero)


def _without(cloud: Embeddings, zero: np.ndarray, name: str) -> Embeddings:
    number = int(zero.sum())
    if number:
        first = cloud.table["id"][zero].iloc[0]
        text = "%s: %d of %d left out, whose embedding (or whose image's) is all zeros; first %r"
        _log.warning(text, name, number, len(cloud), first)
        cloud = cloud.select(~zero)
    return replace(cloud, metadata=cloud.metadata | {"left_out": number})
