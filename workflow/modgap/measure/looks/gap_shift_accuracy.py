"""Zero-shot performance as images and class prompts are moved together or apart."""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import Inputs, inputs_of, label_rows
from modgap.measure.looks._directions import captioned_move
from modgap.measure.looks._names import with_names
from modgap.metrics.interventions import calibration_split, fit_intervention
from modgap.metrics.roc import auc_difference_error, roc_auc
from modgap.metrics.rows import unit_rows
from modgap.metrics.zero_shot import class_ranks

SHIFTS = np.arange(-20, 21) / 4
_CHOSEN_SHARE = 0.5


def look(
    images: Embeddings,
    texts: Embeddings,
    *,
    seed: int,
    along: tuple[Embeddings, Embeddings] | None = None,
) -> pd.DataFrame:
    """Accuracy on the object factor at every shift along the gap, on all images and on halves.

    Images move by −½ δ g and prompts by +½ δ g, δ from −5 to 5 by 0.25; g is the unit vector from
    the mean prompt of the classes to the mean image. For the halves g comes from the first alone,
    so that the second has no part in what is judged on it. The paper does not record whether its g
    is this or the gap of captioned images: with `along`, both are followed.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set with class prompts.
    seed
        Of the halves.
    along
        The two files of the same model on captioned images, for their gap's direction.

    Returns
    -------
    pandas.DataFrame
        One row per direction, part, shift and metric: model, dataset, direction ("own", or the data
        set of `along`), part ("all"; "first" and "second" half), shift (δ), gap (distance of the
        centres after it), metric ("accuracy"; with two classes also "roc_auc" of the difference of
        their cosines), value, difference to no shift, its standard error (of the mean over images;
        DeLong for the area), n (images).

    Raises
    ------
    InputError
        Without class prompts of the object factor, with fewer than four labelled images, and if
        there is no gap to shift along.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), section 5.1 and Table 1.
    """
    inputs = inputs_of(images, texts)
    vectors, prompts, labels = _labelled(inputs)
    first, second = calibration_split(len(vectors), _CHOSEN_SHARE, seed)
    parts = {"all": np.arange(len(vectors)), "first": first, "second": second}
    fitted_on = {"all": parts["all"], "first": first, "second": first}
    rows = []
    for part, chosen in parts.items():
        own = fit_intervention("translate", vectors[fitted_on[part]], prompts)
        moves = {"own": own} | captioned_move("translate", along)
        for direction, move in moves.items():
            curve = _along(move, vectors[chosen], prompts, labels[chosen])
            rows += [(direction, part, *row) for row in curve]
    names = ["direction", "part", "shift", "gap", "metric", "value", "difference", "error", "n"]
    return with_names(pd.DataFrame(rows, columns=names), inputs)


def _labelled(inputs: Inputs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images with a label of the object factor, the prompts of its classes, and the labels."""
    factor = inputs.object_factor
    if factor not in inputs.classes:
        raise InputError(
            f"texts: no class prompts of the object factor {factor!r}; there are those of "
            f"{sorted(inputs.classes)}. Give a data set of the role classification"
        )
    prompts = inputs.classes[factor]
    labels = label_rows(inputs.labels[factor], prompts, factor)
    known = np.flatnonzero(labels >= 0)
    if len(known) < 4:
        raise InputError(f"images: {len(known)} have a label of {factor!r}, expected at least 4")
    return inputs.images[known], prompts.vectors, labels[known]


def _along(move, images: np.ndarray, prompts: np.ndarray, labels: np.ndarray) -> list[tuple]:
    """(shift, gap, metric, value, difference, error, n) of every shift and metric."""
    plain = _outcome(images, prompts, labels)
    rows = []
    for shift in SHIFTS:
        x, y = move(images, prompts, float(shift))
        gap = float(np.linalg.norm(x.mean(axis=0, dtype=float) - y.mean(axis=0, dtype=float)))
        correct, scores = _outcome(x, y, labels)
        change = correct.astype(float) - plain[0]
        error = change.std(ddof=1) / np.sqrt(len(change))
        rows.append((shift, gap, "accuracy", correct.mean(), change.mean(), error, len(x)))
        if scores is not None:
            area, error = roc_auc(scores, labels), auc_difference_error(scores, plain[1], labels)
            change = area - roc_auc(plain[1], labels)
            rows.append((shift, gap, "roc_auc", area, change, error, len(x)))
    return rows


def _outcome(
    images: np.ndarray, prompts: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Which images are given their own class; with two classes also how far they lean to one."""
    correct = class_ranks(images, prompts, labels) <= 1
    if len(prompts) != 2 or labels.min() == labels.max():
        return correct, None
    return correct, unit_rows(images, "images") @ (prompts[1] - prompts[0])
