"""Table 2: do images and class prompts order the classes alike?"""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of, label_rows
from modgap.metrics.neighbours import neighbourhood_distance


def neighbourhood_table(images: Embeddings, texts: Embeddings) -> pd.DataFrame:
    """The neighbourhood test of one (model, data set) on the classes of its object factor.

    Classes without an image are left out. One row: model, dataset, classes, correct (mean
    normalised Kendall distance of the two orders), as_published (what the official function gives),
    chance. Raises `InputError` if the object factor has no class prompts.
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
    found = neighbourhood_distance(inputs.images[known], codes, prompts.vectors[seen])
    row = {
        "model": str(inputs.metadata.get("model", "")),
        "dataset": str(inputs.metadata.get("dataset", "")),
        "classes": len(seen),
        "correct": found.distance,
        "as_published": found.published,
        "chance": found.chance,
    }
    return pd.DataFrame([row])
