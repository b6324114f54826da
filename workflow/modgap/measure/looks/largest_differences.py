"""Every item in the two dimensions that carry most of the gap."""

import pandas as pd

from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.looks._scatter import plane_choices, scatter


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """Unit embeddings in the two dimensions with the largest |mean image − mean text|.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row per item: model, dataset, modality (image, text), dimension_x, dimension_y, x, y.
        dimension_x carries the largest difference, dimension_y the second largest.

    Raises
    ------
    InputError
        As the look `dimensions`, and for embeddings of one dimension.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Fig. 12.
    """
    inputs = inputs_of(images, texts)
    first, second = plane_choices(inputs).order[:2]
    return scatter(inputs, int(first), int(second))
