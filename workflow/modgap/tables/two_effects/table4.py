"""Table 4: the gap and the scores of models trained on filtered pools of captions."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from modgap.figures.values import (
    DIGIT,
    L2M,
    RECALL_IMAGE_TO_TEXT,
    RECALL_TEXT_TO_IMAGE,
    RMG,
    Quantity,
    model_values,
    with_interval,
)

HEADINGS = {
    "training_set": "pool",
    "training_size": "size",
    "models": "models",
    "retrieval_image_to_text": "R@1 image to text [%]",
    "retrieval_text_to_image": "R@1 text to image [%]",
    "classification": "zero-shot [%]",
    "l2m": "L2M",
    "rmg": "RMG",
}
MAD_QUANTITIES = MappingProxyType(
    {
        "retrieval_image_to_text": RECALL_IMAGE_TO_TEXT,
        "retrieval_text_to_image": RECALL_TEXT_TO_IMAGE,
        "classification": DIGIT,
        "l2m": L2M,
        "rmg": RMG,
    }
)


def build(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    quantities: Mapping[str, Quantity] = MAD_QUANTITIES,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One row per pool (training_set and training_size), in the order of `models`.

    Columns training_set, training_size, models (how many the means rest on), and for each quantity
    its mean over the pool's models, `…_low` and `…_high` (Student's t, empty with one model).
    """
    pool = ["training_set", "training_size"]
    table = models.groupby(pool, sort=False).size().rename("models").reset_index()
    for column, quantity in quantities.items():
        values = model_values(metrics, quantity).rename("value")
        frame = models.merge(values, left_on="model", right_index=True)
        found = with_interval(frame, pool, confidence).drop_duplicates(pool)
        names = {"mean": column, "low": f"{column}_low", "high": f"{column}_high"}
        table = table.merge(found[[*pool, *names]].rename(columns=names), on=pool, how="left")
    return table
