"""Principal components of images and texts together, and which of them is the gap."""

import numpy as np
import pandas as pd

from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.looks._names import with_names
from modgap.measure.one_caption import one_caption_each
from modgap.metrics.interventions import gap_direction

COMPONENTS = 20


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """The 20 largest principal components of all unit images and their first captions.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set with captions.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row per component (from 1): model, dataset, component, explained_variance (its share of
        the variance about the common mean), gap_share (squared cosine of the component with the gap
        vector; all components together have 1), n (pairs).

    Raises
    ------
    InputError
        Without captions, and if there is no gap.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), section 4.1 and Fig. 3a.
    """
    inputs = inputs_of(images, texts)
    left, right = one_caption_each(inputs)
    pooled = np.concatenate([left, right]).astype(np.float64)
    pooled -= pooled.mean(axis=0)
    # Of d × d: the rows may be many.
    squares, axes = np.linalg.eigh(pooled.T @ pooled)
    squares, axes = np.maximum(squares[::-1], 0), axes[:, ::-1]
    count = min(COMPONENTS, len(squares))
    frame = pd.DataFrame(
        {
            "component": np.arange(1, count + 1),
            "explained_variance": squares[:count] / squares.sum(),
            "gap_share": (gap_direction(left, right) @ axes[:, :count]) ** 2,
            "n": len(left),
        }
    )
    return with_names(frame, inputs)
