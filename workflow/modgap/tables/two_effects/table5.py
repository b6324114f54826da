"""Table 5: real words, ideal words, and ideal words moved across the gap."""

import pandas as pd

from modgap.errors import InputError
from modgap.figures.values import with_interval

HEADINGS = {
    "dataset": "data set",
    "words": "text embeddings",
    "models": "models",
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


def build(ideal_words: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Five rows per data set, in the paper's order; accuracies in per cent.

    `ideal_words` has one row per model, data set and variant (`VARIANTS`): model, dataset, variant,
    attribute_accuracy, object_accuracy (fractions), mean_cosine. Columns dataset, variant, words,
    models, and the mean over models of each quantity with `…_low` and `…_high` (Student's t).
    Raises `InputError` for an unknown variant.
    """
    unknown = sorted(set(ideal_words["variant"]) - set(VARIANTS))
    if unknown:
        raise InputError(f"ideal words: unknown variant {unknown}; expected {list(VARIANTS)}")
    frame = ideal_words.assign(
        attribute_accuracy=100 * ideal_words["attribute_accuracy"],
        object_accuracy=100 * ideal_words["object_accuracy"],
    )
    keys = ["dataset", "variant"]
    table = frame.groupby(keys, sort=False).size().rename("models").reset_index()
    for column in ("attribute_accuracy", "object_accuracy", "mean_cosine"):
        found = with_interval(frame.rename(columns={column: "value"}), keys, confidence)
        names = {"mean": column, "low": f"{column}_low", "high": f"{column}_high"}
        found = found.drop_duplicates(keys)[[*keys, *names]].rename(columns=names)
        table = table.merge(found, on=keys)
    table.insert(2, "words", table["variant"].map(VARIANTS))
    order = {variant: i for i, variant in enumerate(VARIANTS)}
    by_order = table.assign(order=table["variant"].map(order)).sort_values(["dataset", "order"])
    return by_order.drop(columns="order").reset_index(drop=True)
