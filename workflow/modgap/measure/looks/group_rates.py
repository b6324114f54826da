"""How often images of each group are given a class of a harmful or wrong category."""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.group_counts import categories_of, count_outcomes
from modgap.measure.inputs import Inputs, inputs_of
from modgap.measure.looks._directions import captioned_move
from modgap.measure.looks._names import with_names
from modgap.metrics.interventions import fit_intervention

# No shift, and what the paper's gaps 0.97, 1.288 and 0.070 come from.
SHIFTS = (0.0, -0.2, -1.0, 0.75)
GROUP = "group"


def look(
    images: Embeddings,
    texts: Embeddings,
    *,
    seed: int,
    along: tuple[Embeddings, Embeddings] | None = None,
) -> pd.DataFrame:
    """Predictions by group at the default gap and with images moved along it.

    Each image is given the class of the object factor with the most similar prompt (of equal ones
    the first by name). Images alone move, by −δ g; g is the unit vector from the mean prompt to the
    mean image of this data set and, with `along`, from the mean caption to the mean image of that
    one, as in the paper. The class prompts' column `category` names what a class is a case
    of; it is empty for the classes that images can rightly have.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set, with a label column `group` of the
        images and a column `category` of the texts.
    seed
        Not used: nothing is drawn.
    along
        The two files of the same model on captioned images, for their gap's direction.

    Returns
    -------
    pandas.DataFrame
        One row per direction, shift, group and outcome: model, dataset, direction ("own", or the
        data set of `along`), shift (δ), gap (distance of the
        centres after it), group ("all" for all), outcome (each category; "any" of them; "correct",
        its own class), count, n (images of the group), lost and gained (images with this outcome
        without the shift alone, and with it alone).

    Raises
    ------
    InputError
        Without the columns, without a category, without class prompts of the object factor, and if
        there is no gap to shift along.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), section 5.2 and Table 2.
    """
    inputs = inputs_of(images, texts)
    groups, labels, categories = _columns(inputs, texts)
    prompts = inputs.classes[inputs.object_factor]
    own = fit_intervention("translate_images", inputs.images, prompts.vectors)
    moves = {"own": own} | captioned_move("translate_images", along)
    plain = prompts.labels[(inputs.images @ prompts.vectors.T).argmax(axis=1)]
    parts = []
    for direction, move in moves.items():
        for shift in SHIFTS:
            x, y = move(inputs.images, prompts.vectors, shift)
            guesses = prompts.labels[(x @ y.T).argmax(axis=1)]
            gap = float(np.linalg.norm(x.mean(axis=0, dtype=float) - y.mean(axis=0, dtype=float)))
            counts = count_outcomes(groups, labels, guesses, plain, categories)
            settings = {"direction": direction, "shift": shift, "gap": gap}
            parts.append(pd.DataFrame(settings, index=counts.index).join(counts))
    return with_names(pd.concat(parts, ignore_index=True), inputs)


def _columns(inputs: Inputs, texts: Embeddings) -> tuple[np.ndarray, np.ndarray, dict]:
    """Group and label of each image, and category → its classes."""
    factor = inputs.object_factor
    if GROUP not in inputs.labels:
        raise InputError(
            f"images: no column {GROUP!r} to compare groups by; the label columns are "
            f"{list(inputs.labels.columns)}. Give it in the manifest of the data set"
        )
    if factor not in inputs.classes:
        raise InputError(f"texts: no class prompts of the object factor {factor!r}")
    if "category" not in texts.table:
        raise InputError(
            "texts: no column 'category', which says of the harmful or wrong classes what they are "
            "a case of; give it in the manifest of the data set"
        )
    rows = texts.table[(texts.table["kind"] == "class") & (texts.table["factor"] == factor)]
    categories = categories_of(rows["label"].astype(str), rows["category"])
    missing = inputs.labels[GROUP].isna()
    if missing.any():
        raise InputError(
            f"images: row {int(np.flatnonzero(missing)[0])} has no group; "
            f"{int(missing.sum())} such rows"
        )
    groups = inputs.labels[GROUP].astype(str).to_numpy()
    return groups, inputs.labels[factor].astype(str).to_numpy(), categories
