"""Table 3: tau of performance with the gap among models of one training set."""

import pandas as pd

from modgap.claims.paper_values import with_paper_values

_GAPS = ("l2m", "rmg")


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {
        "group": "training set",
        "score": "score",
        "factor": "gap",
        "n": "models",
        "near_chance": "left out: near chance",
        "tau": "τ",
        "low": "τ, low",
        "high": "τ, high",
        "p": "p",
        "p_holm": "p (Holm)",
        "negative_share": "share of τ < 0",
        "paper_value": "paper share",
        "paper_models": "paper models",
    }


def numbers(correlations: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The correlations within training sets, for the two gaps, with the share of negative tau.

    Parameters
    ----------
    correlations
        The output of the stats stage with training sets as groups; lines of other factors than the
        gaps are left out.
    reference
        config/reference_values.tsv.

    Returns
    -------
    pandas.DataFrame
        `correlations` sorted by gap and training set, with negative_share (per gap, the share of
        all its defined tau that is negative), paper_value (the paper's share) and paper_models (its
        number of models per training set).
    """
    frame = correlations[correlations["factor"].isin(_GAPS)].copy()
    known = frame.dropna(subset=["tau"])
    frame["negative_share"] = frame["factor"].map(
        (known["tau"] < 0).groupby(known["factor"]).mean()
    )
    frame = frame.sort_values(["factor", "group"], kind="stable", ignore_index=True)
    keys = pd.DataFrame({"against": frame["factor"], "training_set": frame["group"]})
    models = with_paper_values(frame, reference, ("two_effects", "table3", "models"), keys)
    frame["paper_models"] = models["paper_value"].astype("Int64")
    place = ("two_effects", "table3", "share_of_negative_tau")
    return with_paper_values(frame, reference, place, keys)
