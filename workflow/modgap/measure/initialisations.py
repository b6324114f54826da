"""Several initialisations of one network on the same data: is each a cone of its own?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.looks.projection import umap_plane
from modgap.metrics.cones import cone_break
from modgap.metrics.rows import unit_rows

POINTS = 100


def initialisations(
    models: Sequence[Embeddings], *, modality: str, seed: int, points: int = POINTS
) -> pd.DataFrame:
    """Principal components of all models' embeddings together, and some of them in UMAP's plane.

    Parameters
    ----------
    models
        Embeddings of the same items, in the same order, by networks that differ in their random
        weights alone.
    modality
        "image" or "text": what the embeddings are of.
    seed
        Of UMAP.
    points
        How many items of each model, the first, are shown in the plane.

    Returns
    -------
    pandas.DataFrame
        First one row per component (from 1): component, singular_value, explained_variance, and
        break_after, between (see `modgap.metrics.cones.ConeBreak`) and models (how many), the same
        in all of them. Then one row per model and item shown: model, item, x, y. All with dataset
        and modality; cells that do not apply are missing.

    Raises
    ------
    InputError
        If the models are of different items, and as `cone_break` and `umap_plane` do.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), Fig. 2c.
    """
    if not models:
        raise InputError("initialisations: no model, expected at least 2")
    items = models[0].table["id"].tolist()
    for cloud in models:
        if cloud.table["id"].tolist() != items:
            raise InputError(
                f"initialisations: model {cloud.metadata.get('model', '')!r} embeds other items "
                f"than {models[0].metadata.get('model', '')!r}; expected the same in one order"
            )
    broken = cone_break([cloud.vectors for cloud in models])
    components = pd.DataFrame(
        {
            "component": np.arange(1, len(broken.singular_values) + 1),
            "singular_value": broken.singular_values,
            "explained_variance": broken.explained_variance,
            "break_after": broken.break_after,
            "between": broken.between,
            "models": broken.clouds,
        }
    )
    shown = [unit_rows(cloud.vectors[:points], "embeddings") for cloud in models]
    plane = umap_plane(np.concatenate(shown), seed)
    names = [str(cloud.metadata.get("model", "")) for cloud in models]
    places = pd.DataFrame(plane, columns=["x", "y"])
    places.insert(0, "item", np.tile(items[:points], len(models)))
    places.insert(0, "model", np.repeat(names, len(shown[0])))
    frame = pd.concat([components, places], ignore_index=True)
    frame.insert(0, "modality", modality)
    frame.insert(0, "dataset", str(models[0].metadata.get("dataset", "")))
    return frame
