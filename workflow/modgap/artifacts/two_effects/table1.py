"""Table 1: Kendall's tau of performance with the gap and with the size of model and data."""

import pandas as pd

from modgap.claims.paper_values import with_paper_values
from modgap.stats.scores import NEAR_CHANCE


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {
        "score": "score",
        "group": "group",
        "factor": "factor",
        "n": "models",
        "near_chance": "left out: near chance",
        "tau": "τ",
        "low": "τ, low",
        "high": "τ, high",
        "p": "p",
        "p_holm": "p (Holm)",
        "partial_tau": "partial τ",
        "partial_p": "partial p",
        "min_detectable_tau": "detectable τ",
        "paper_value": "paper τ",
        "paper_note": "paper note",
        "reason": "why empty",
    }


def numbers(correlations: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The correlation table beside the paper's values.

    A score stands beside the paper's values for its own data set; one that names none is an
    analogue, or published: retrieval beside those for COCO, zero-shot accuracy beside those for
    ImageNet.

    Parameters
    ----------
    correlations
        The output of the stats stage, one row per group, score and factor; near_chance is not known
        of published scores.
    reference
        config/reference_values.tsv.

    Returns
    -------
    pandas.DataFrame
        `correlations` sorted by score and group, with the columns paper_value and paper_note,
        empty where unknown.
    """
    frame = correlations.sort_values(["score", "group"], kind="stable", ignore_index=True)
    keys = pd.DataFrame(
        {
            "dataset": frame["score"].map(_dataset),
            "group": frame["group"],
            "against": frame["factor"],
        }
    )
    if NEAR_CHANCE not in frame:
        frame[NEAR_CHANCE] = pd.NA
    place = ("two_effects", "table1", "kendall_tau")
    return with_paper_values(frame, reference, place, keys)


def _dataset(score: str) -> str:
    """coco/recall@1:image_to_text → coco; of a score without data set the one it stands for."""
    dataset, named, _ = score.partition("/")
    if named:
        return dataset
    return "imagenet" if "zero_shot" in score or "imagenet" in score else "coco"
