"""Table 1: Kendall's tau of performance with the gap and with the size of model and data."""

import pandas as pd

from modgap.tables.reference import with_paper_values

HEADINGS = {
    "score": "score",
    "group": "group",
    "factor": "factor",
    "n": "models",
    "tau": "τ",
    "low": "95 % low",
    "high": "95 % high",
    "p": "p",
    "p_holm": "p (Holm)",
    "partial_tau": "partial τ",
    "partial_p": "partial p",
    "min_detectable_tau": "detectable τ",
    "paper_value": "paper τ",
    "paper_note": "paper note",
    "reason": "why empty",
}


def build(correlations: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The correlation table with the columns paper_value and paper_note, empty where unknown.

    `correlations` is the output of the stats stage, one row per group, score and factor;
    `reference` is config/reference_values.tsv. Retrieval stands beside the paper's values for
    COCO, zero-shot accuracy beside those for ImageNet.
    """
    frame = correlations.sort_values(["score", "group"], kind="stable", ignore_index=True)
    imagenet = frame["score"].str.contains("zero_shot|imagenet")
    keys = pd.DataFrame(
        {
            "dataset": imagenet.map({True: "imagenet", False: "coco"}),
            "group": frame["group"],
            "against": frame["factor"],
        }
    )
    place = ("two_effects", "table1", "kendall_tau")
    return with_paper_values(frame, reference, place, keys)
