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
    "min_detectable_tau": "detectable τ",
    "paper_value": "paper τ",
}


def build(correlations: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The correlation table with the columns paper_value and paper_note, empty where unknown.

    `correlations` is the output of the stats stage, one row per group, score and factor;
    `reference` holds the values that the paper states for table1.
    """
    frame = correlations.sort_values(["score", "group"], kind="stable", ignore_index=True)
    return with_paper_values(frame, reference, "tau")
