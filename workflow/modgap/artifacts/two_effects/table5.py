"""Table 5: real words, ideal words, and ideal words moved across the gap."""

import pandas as pd

from modgap.errors import InputError

# Variant of the look → the row's name; the order of the paper.
VARIANTS = {
    "real_words": "real words",
    "ideal_words": "ideal words",
    "minus_u0": "ideal words − u0",
    "plus_gap": "ideal words + mean gap vector",
    "minus_u0_plus_gap": "ideal words − u0 + mean gap vector",
}


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {
        "dataset": "data set",
        "model": "model",
        "words": "text embeddings",
        "attribute_accuracy": "attribute [%]",
        "object_accuracy": "object [%]",
        "mean_cosine": "mean cosine",
    }


def numbers(look: pd.DataFrame) -> pd.DataFrame:
    """Five rows per data set and model, in the paper's order; no source states its values.

    Parameters
    ----------
    look
        One row per model, data set and variant (`VARIANTS`): model, dataset, variant,
        attribute_accuracy, object_accuracy (fractions), mean_cosine.

    Returns
    -------
    pandas.DataFrame
        variant, dataset, model, words (the row's name), attribute_accuracy, object_accuracy (per
        cent), mean_cosine.

    Raises
    ------
    InputError
        For an unknown variant.
    """
    unknown = sorted(set(look["variant"]) - set(VARIANTS))
    if unknown:
        raise InputError(f"ideal words: unknown variant {unknown}; expected {list(VARIANTS)}")
    frame = look.assign(
        words=look["variant"].map(VARIANTS),
        attribute_accuracy=100 * look["attribute_accuracy"],
        object_accuracy=100 * look["object_accuracy"],
        order=look["variant"].map(list(VARIANTS).index),
    )
    frame = frame.sort_values(["dataset", "model", "order"], ignore_index=True)
    return frame[["variant", *headings()]]
