"""How narrow each modality's cone is: the cosines of all its pairs."""

import logging

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.metrics.checks import embeddings
from modgap.metrics.rows import unit_rows

ITEMS = 5000
BINS = 100
_LOG = logging.getLogger(__name__)


def look(images: Embeddings | None, texts: Embeddings | None, *, seed: int) -> pd.DataFrame:
    """Distribution and statistics of the cosines of different items of one modality.

    Of each modality the first 5,000 items are taken: images, and the first caption of each image.
    How many are left out is logged.

    Parameters
    ----------
    images, texts
        The embedding files of one model on one data set; one of them may be missing, for an encoder
        of one modality.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row per modality and statistic, then one per modality and bin: model, dataset, modality
        (image, text), quantity ("mean", "sd", "minimum", "quartile_1", "median", "quartile_3",
        "maximum", and "share" of the pairs in a bin), low and high (edges of the bin, missing
        otherwise), value, n (items). 100 even bins reach from the smallest to the largest cosine.

    Raises
    ------
    InputError
        Without either file, and for fewer than two items of a modality.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), Fig. 2a.
    """
    if images is None and texts is None:
        raise InputError("cosines: neither image nor text embeddings")
    parts = []
    if images is not None:
        parts.append(_modality("image", images, np.arange(len(images))))
    if texts is not None:
        parts.append(_modality("text", texts, _first_captions(texts)))
    return pd.concat(parts, ignore_index=True)


def all_cosines(vectors: np.ndarray) -> np.ndarray:
    """Cosines of all pairs of different rows, (n (n − 1) / 2,) float32.

    >>> all_cosines(np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])).tolist()
    [0.0, 1.0, 0.0]
    """
    unit = unit_rows(embeddings(vectors, "vectors"), "vectors")
    return (unit @ unit.T)[np.triu(np.ones((len(unit),) * 2, dtype=bool), 1)]


def _modality(modality: str, cloud: Embeddings, rows: np.ndarray) -> pd.DataFrame:
    if len(rows) > ITEMS:
        _LOG.info("cosines: the first %d of %d items (%s)", ITEMS, len(rows), modality)
        rows = rows[:ITEMS]
    cosines = all_cosines(cloud.vectors[rows])
    low, first, middle, third, high = np.quantile(cosines, [0, 0.25, 0.5, 0.75, 1])
    statistics = {
        "mean": cosines.mean(dtype=np.float64),
        "sd": cosines.std(dtype=np.float64),
        "minimum": low,
        "quartile_1": first,
        "median": middle,
        "quartile_3": third,
        "maximum": high,
    }
    counts, edges = np.histogram(cosines, BINS, (low, max(high, low + 1e-6)))
    missing = np.full(len(statistics), np.nan)
    return pd.DataFrame(
        {
            "model": str(cloud.metadata.get("model", "")),
            "dataset": str(cloud.metadata.get("dataset", "")),
            "modality": modality,
            "quantity": [*statistics, *["share"] * BINS],
            "low": [*missing, *edges[:-1]],
            "high": [*missing, *edges[1:]],
            "value": [*statistics.values(), *counts / len(cosines)],
            "n": len(rows),
        }
    )


def _first_captions(texts: Embeddings) -> np.ndarray:
    captions = np.flatnonzero((texts.table["kind"] == "caption").to_numpy())
    if len(captions) < 2:
        raise InputError(
            f"cosines: {len(captions)} captions in the texts of "
            f"{texts.metadata.get('dataset', '')!r}; give a data set of the role retrieval"
        )
    owners = texts.table["image_id"].iloc[captions]
    return captions[~owners.duplicated().to_numpy()]
