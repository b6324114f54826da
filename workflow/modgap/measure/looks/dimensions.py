"""The gap by dimension."""

import numpy as np
import pandas as pd

from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.looks._names import with_names
from modgap.metrics.dimensions import gap_dimensions


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """Means, difference and share of the squared gap of each dimension.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row per dimension: model, dataset, dimension, mean_image, mean_text, difference
        (image − text), share of the squared gap (they add up to 1). Means are of unit embeddings
        over all images and all captions (class prompts where there are no captions).

    Raises
    ------
    InputError
        For what `modgap.measure.table.measure_pair` refuses, and if there is no gap to share out.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Fig. 4a and 11a.
    """
    inputs = inputs_of(images, texts)
    by_dimension = gap_dimensions(inputs.images, inputs.texts)
    frame = pd.DataFrame(
        {
            "dimension": np.arange(len(by_dimension.share)),
            "mean_image": by_dimension.mean_image,
            "mean_text": by_dimension.mean_text,
            "difference": by_dimension.difference,
            "share": by_dimension.share,
        }
    )
    return with_names(frame, inputs)
