"""Table 2: harmful or wrong-category predictions by group, at the default and at changed gaps."""

import pandas as pd
from scipy.stats import binomtest

from modgap.artifacts.mind_the_gap._group_rates import RATE_HEADINGS, with_rates

HEADINGS = {
    "model": "model",
    "dataset": "data set",
    "direction": "direction of",
    "shift": "shift of images",
    "gap": "gap",
    **RATE_HEADINGS,
    "lost": "no longer",
    "gained": "newly",
    "p": "p of a decrease",
}
_ALL = "all"
_EVERY = "every group"


def headings() -> dict[str, str]:
    """Rates, what changed, and the test of a decrease."""
    return HEADINGS


def numbers(look: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """The rate of every outcome in every group, tested against the default gap.

    Parameters
    ----------
    look
        The look `group_rates`: model, dataset, direction, shift, gap, group, outcome, count, n,
        lost, gained.
    confidence
        Of the interval of a rate (Wilson), in (0, 1).

    Returns
    -------
    pandas.DataFrame
        The rows of the look with rate, low, high and p: that of the same images' outcomes becoming
        fewer (McNemar, exact, one-sided), missing without a shift. A row of the group "every group"
        says whether they become fewer in all groups: its p is the largest of the groups'
        (intersection–union; Berger, Technometrics 1982), its other cells are missing. A group
        without a single change has p 1.
    """
    frame = with_rates(look, confidence)
    frame["p"] = [
        float("nan") if shift == 0 else _decrease(lost, gained)
        for shift, lost, gained in zip(frame["shift"], frame["lost"], frame["gained"], strict=True)
    ]
    keys = ["model", "dataset", "direction", "shift", "gap", "outcome"]
    groups = frame[(frame["group"] != _ALL) & (frame["shift"] != 0)]
    every = groups.groupby(keys, sort=False)["p"].max().reset_index().assign(group=_EVERY)
    return pd.concat([frame, every], ignore_index=True).astype(
        dict.fromkeys(("count", "n", "lost", "gained"), "Int64")
    )


def _decrease(lost: int, gained: int) -> float:
    if lost + gained == 0:
        return 1.0
    return float(binomtest(int(lost), int(lost + gained), alternative="greater").pvalue)
