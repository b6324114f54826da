"""Do images and class prompts order the classes alike?"""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of, label_rows
from modgap.measure.looks._names import with_names
from modgap.metrics.neighbours import neighbourhood_distance


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """The neighbourhood test of one (model, data set) on the classes of its object factor.

    Classes without an image are left out, and `classes` says how many there are.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row: model, dataset, classes, correct (mean normalised Kendall distance of the two
        orders, in [0, 1]), as_published (what the official function gives), chance.

    Raises
    ------
    InputError
        If the object factor has no class prompts.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Table 2.
    """
    inputs = inputs_of(images, texts)
    factor = inputs.object_factor
    if factor not in inputs.classes:
        raise InputError(
            f"texts: no class prompts of the object factor {factor!r}; the neighbourhood test "
            f"compares images with class prompts, there are those of {sorted(inputs.classes)}"
        )
    prompts = inputs.classes[factor]
    labels = label_rows(inputs.labels[factor], prompts, factor)
    known = np.flatnonzero(labels >= 0)
    seen, codes = np.unique(labels[known], return_inverse=True)
    orders = neighbourhood_distance(inputs.images[known], codes, prompts.vectors[seen])
    row = {
        "classes": len(seen),
        "correct": orders.distance,
        "as_published": orders.published,
        "chance": orders.chance,
    }
    return with_names(pd.DataFrame([row]), inputs)
