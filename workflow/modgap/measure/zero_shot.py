"""Zero-shot accuracy by factor and by role, as rows of the metric table."""

from collections.abc import Mapping

import numpy as np

from modgap.errors import InputError
from modgap.measure.bootstrap import Key, Part
from modgap.measure.inputs import Inputs, Prompts, label_rows
from modgap.measure.rows import chance_row, row, share_row
from modgap.metrics.checks import UnitRows
from modgap.metrics.zero_shot import class_ranks

OBJECT, ATTRIBUTES = "object", "attributes"


# The metrics' names by where a class's embedding comes from: its prompts, or captions that hold it.
_PROMPTS, _CAPTIONS = "zero_shot", "zero_shot_captions"


def zero_shot_rows(
    inputs: Inputs, images: UnitRows, confidence: float
) -> tuple[list[dict], list[Part]]:
    """Top-1 of each factor and role, and how to resample the mean over several attributes.

    From class prompts as `zero_shot:NAME`; where the texts hold captions of each class, from the
    mean of these as `zero_shot_captions:NAME`. Each has a row `chance:` before its name: a class
    drawn from all with the same probability.

    The accuracies of several attributes come from the same images: Wilson's interval is wrong for
    their mean, whose bootstrap draws an image with all of its attributes.
    """
    rows, parts = _rows_of(inputs, images, _PROMPTS, inputs.classes, confidence)
    more, resampled = _rows_of(inputs, images, _CAPTIONS, inputs.caption_classes, confidence)
    return rows + more, parts + resampled


def _rows_of(
    inputs: Inputs,
    images: UnitRows,
    metric: str,
    classes: Mapping[str, Prompts],
    confidence: float,
) -> tuple[list[dict], list[Part]]:
    def key(name: str) -> Key:
        return f"{metric}:{name}", "both"

    correct = correct_by_factor(inputs, images, classes)
    rows, counts, chances = [], {}, {}
    for factor, (known, hits) in correct.items():
        counts[factor] = int(hits.sum()), len(known)
        chances[factor] = 1 / len(classes[factor].labels)
        rows.append(share_row(key(factor), *counts[factor], confidence))
        rows.append(chance_row(key(factor), chances[factor], len(known)))
    parts: list[Part] = []
    for role, factors in role_factors(inputs, correct).items():
        if role in correct:
            continue  # the factor goes by the name of its role: its row is there already
        chance = float(np.mean([chances[factor] for factor in factors]))
        if len(factors) == 1:
            (factor,) = factors
            rows.append(share_row(key(role), *counts[factor], confidence))
            rows.append(chance_row(key(role), chance, counts[factor][1]))
            continue
        value = float(np.mean([counts[factor][0] / counts[factor][1] for factor in factors]))
        chosen = [correct[factor] for factor in factors]
        images = np.unique(np.concatenate([known for known, _ in chosen]))
        rows.append(row(key(role), value, len(images)))
        rows.append(chance_row(key(role), chance, len(images)))
        parts.append(_mean_part(key(role), len(inputs.images), chosen))
    return rows, parts


def correct_by_factor(
    inputs: Inputs, images: UnitRows, classes: Mapping[str, Prompts]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Factor → the images that have its label, and whether each is given its own class.

    Factors that fewer than two images have are left out.
    """
    correct = {}
    for factor, prompts in classes.items():
        labels = label_rows(inputs.labels[factor], prompts, factor)
        known = np.flatnonzero(labels >= 0)
        if len(known) >= 2:
            ranks = class_ranks(images.select(known), prompts.vectors, labels[known])
            correct[factor] = known, ranks <= 1
    return correct


def role_factors(inputs: Inputs, factors: Mapping) -> dict[str, list[str]]:
    """Role → those of `factors` it is made of: the object factor, and the attribute factors.

    Raises `InputError` if a factor goes by the name of a role that is not its own: the table would
    have two rows of one name.
    """
    chosen = {
        OBJECT: [name for name in factors if name == inputs.object_factor],
        ATTRIBUTES: [name for name in factors if name in inputs.attribute_factors],
    }
    for role, members in chosen.items():
        if role in factors and members != [role]:
            raise InputError(
                f"label column {role!r}: the metric table names the accuracy of the role so, which "
                f"is that of {members}; give the column another name"
            )
    return {role: members for role, members in chosen.items() if members}


def _mean_part(key: Key, images: int, correct: list[tuple[np.ndarray, np.ndarray]]) -> Part:
    """The mean over factors of the share of correct images among those that have the label."""
    known, hits = np.zeros((2, images, len(correct)), np.float32)
    for column, (rows, right) in enumerate(correct):
        known[rows, column], hits[rows, column] = 1, right

    def part(weights: np.ndarray) -> dict[Key, np.ndarray]:
        right, labelled = (weights @ table for table in (hits, known))
        shares = np.full(right.shape, np.nan)
        np.divide(right, labelled, out=shares, where=labelled > 0)
        return {key: shares.mean(axis=1)}

    return part
