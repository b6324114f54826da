"""One model's embeddings moved by every closer, each fitted on half of the items."""

import pandas as pd

from modgap.formats.embeddings import Embeddings
from modgap.measure.closers import compare_closers

# Points alone: intervals are over seeds, where there are several models.
_FEWEST = 50


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """What every closer does to every metric, on the half of the images that it was not fitted on.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set.
    seed
        Of the draw of the half, and of the metrics.

    Returns
    -------
    pandas.DataFrame
        One row per closer and metric: model, dataset, closer ("none" for the embeddings as they
        are), amount, metric, modality, value, n.

    Raises
    ------
    InputError
        As `modgap.measure.closers.compare_closers`.
    """
    table = compare_closers(images, texts, seed=seed, resamples=_FEWEST)
    table.insert(0, "model", str(images.metadata.get("model", "")))
    table.insert(1, "dataset", str(images.metadata.get("dataset", "")))
    return table.drop(columns=["low", "high"])
