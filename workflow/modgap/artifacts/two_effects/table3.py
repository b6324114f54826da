"""Table 3: tau of performance with the gap among models of one training set."""

import pandas as pd

from modgap.claims.paper_values import with_paper_values

HEADINGS = {
    "group": "training set",
    "score": "score",
    "factor": "gap",
    "n": "models",
    "tau": "τ",
    "low": "τ, low",
    "high": "τ, high",
    "p": "p",
    "p_holm": "p (Holm)",
    "negative_share": "share of τ < 0",
    "paper_value": "paper share",
    "paper_models": "paper models",
}
_GAPS = ("l2m", "rmg")


def build(correlations: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The correlation table within training sets, for the two gaps, with the share of negative tau.

    `correlations` is the output of the stats stage with training sets as groups; lines of other
    factors are left out. `negative_share` is, per gap, the share of all its defined tau that is
    negative; the paper's share stands beside it (paper_value), as does its number of models per
    training set (paper_models).
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
