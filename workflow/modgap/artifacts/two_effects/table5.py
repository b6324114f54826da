"""Table 5: real words, ideal words, and ideal words moved across the gap."""

import pandas as pd

from modgap.errors import InputError

HEADINGS = {
    "dataset": "data set",
    "model": "model",
    "words": "text embeddings",
    "attribute_accuracy": "attribute [%]",
    "object_accuracy": "object [%]",
    "mean_cosine": "mean cosine",
}
# Variant of the measure stage → the row's name; the order of the paper.
VARIANTS = {
    "real_words": "real words",
    "ideal_words": "ideal words",
    "minus_u0": "ideal words − u0",
    "plus_gap": "ideal words + mean gap vector",
    "minus_u0_plus_gap": "ideal words − u0 + mean gap vector",
}


def build(ideal_words: pd.DataFrame) -> pd.DataFrame:
    """Five rows per data set and model, in the paper's order; accuracies in per cent.

    `ideal_words` has one row per model, data set and variant (`VARIANTS`): model, dataset, variant,
    attribute_accuracy, object_accuracy (fractions), mean_cosine. Adds words, the row's name. No
    source states a value of the paper. Raises `InputError` for an unknown variant.
    """
    unknown = sorted(set(ideal_words["variant"]) - set(VARIANTS))
    if unknown:
        raise InputError(f"ideal words: unknown variant {unknown}; expected {list(VARIANTS)}")
    frame = ideal_words.assign(
        words=ideal_words["variant"].map(VARIANTS),
        attribute_accuracy=100 * ideal_words["attribute_accuracy"],
        object_accuracy=100 * ideal_words["object_accuracy"],
        order=ideal_words["variant"].map(list(VARIANTS).index),
    )
    frame = frame.sort_values(["dataset", "model", "order"], ignore_index=True)
    return frame[["variant", *HEADINGS]]
