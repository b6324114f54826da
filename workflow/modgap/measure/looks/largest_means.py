"""Every item in the dimensions of the largest mean of images and of texts."""

import numpy as np
import pandas as pd

from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.looks._scatter import plane_choices, scatter


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """Unit embeddings in the dimensions of the largest absolute mean of images and of texts.

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
        dimension_x is that of images, dimension_y that of texts (its next one if both agree).

    Raises
    ------
    InputError
        As the look `dimensions`, and for embeddings of one dimension.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Fig. 4b and 11b.
    """
    inputs = inputs_of(images, texts)
    means = plane_choices(inputs)
    first = int(np.argmax(np.abs(means.mean_image)))
    by_text = np.argsort(-np.abs(means.mean_text), kind="stable")
    return scatter(inputs, first, int(by_text[by_text != first][0]))
