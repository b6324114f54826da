"""Gap and performance with the dimensions removed that carry most of the gap."""

import numpy as np
import pandas as pd

from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import Inputs, inputs_of, label_rows
from modgap.measure.looks._names import with_names
from modgap.measure.zero_shot import role_factors
from modgap.metrics.gap import gap
from modgap.metrics.interventions import Move, fit_intervention
from modgap.metrics.retrieval import recall_at_k
from modgap.metrics.zero_shot import zero_shot_accuracy

REMOVED = 20


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """Gap, recall and accuracy without the k dimensions of largest difference, k = 0…20.

    Dimensions are ordered once, on the full embeddings, by |difference of means|; for each k (at
    most d − 1) the first k are deleted from images, texts and prompts and all are made unit length
    again.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row per k and metric: model, dataset, removed (k), metric, modality, value, with l2m and
        rmg, recall@1 both ways where there are captions, and zero_shot:<factor>, zero_shot:object
        and zero_shot:attributes (mean over the attribute factors) where there are class prompts.

    Raises
    ------
    InputError
        As the look `dimensions`, and if nothing is left of an embedding.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Fig. 4c and 11c.
    """
    inputs = inputs_of(images, texts)
    drop = fit_intervention("drop_dimensions", inputs.images, inputs.texts)
    classes = {
        factor: label_rows(inputs.labels[factor], prompts, factor)
        for factor, prompts in inputs.classes.items()
    }
    rows = []
    for removed in range(min(REMOVED, inputs.images.shape[1] - 1) + 1):
        for metric, modality, value in _reduced(inputs, drop, removed, classes):
            rows.append((removed, metric, modality, value))
    frame = pd.DataFrame(rows, columns=["removed", "metric", "modality", "value"])
    return with_names(frame, inputs)


def _reduced(
    inputs: Inputs, drop: Move, removed: int, classes: dict[str, np.ndarray]
) -> list[tuple]:
    x, y = drop(inputs.images, inputs.texts, removed)
    parts = gap(x, y, inputs.pairs)
    rows = [("l2m", "both", parts.l2m), ("rmg", "both", parts.rmg)]
    if inputs.captions:
        recall = recall_at_k(x, y, inputs.pairs, (1,), inputs.groups)
        rows.append(("recall@1", "image_to_text", recall.image_to_text[1]))
        rows.append(("recall@1", "text_to_image", recall.text_to_image[1]))
    accuracies = {}
    for factor, labels in classes.items():
        known = labels >= 0
        _, prompts = drop(inputs.images, inputs.classes[factor].vectors, removed)
        accuracies[factor] = zero_shot_accuracy(x[known], prompts, labels[known])[1]
    for role, factors in role_factors(inputs, classes).items():
        accuracies[role] = float(np.mean([accuracies[factor] for factor in factors]))
    rows += [(f"zero_shot:{name}", "both", value) for name, value in accuracies.items()]
    return rows
