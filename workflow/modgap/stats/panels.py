"""Kendall's tau of each panel of a scatter figure."""

import pandas as pd

from modgap.stats import kendall
from modgap.stats.tables import derived_seed


def with_tau(pairs: pd.DataFrame, resamples: int, seed: int, confidence: float) -> pd.DataFrame:
    """Kendall's tau of each panel beside its points.

    All models of a panel count, whatever their group, but those near chance. Each panel has its own
    seed, made from `seed` and its names.

    Parameters
    ----------
    pairs
        The table of `modgap.stats.summaries.pairs_of`.
    resamples, seed, confidence
        As in `modgap.stats.kendall.kendall`.

    Returns
    -------
    pandas.DataFrame
        `pairs` with tau, low, high, p and n (models that count), the same in all rows of a panel.
        tau and p are missing where they do not exist (one model, a constant).
    """
    rows = []
    for (x_name, y_name), panel in pairs.groupby(["x_name", "y_name"], sort=False):
        kept = panel[~panel["near_chance"].astype(bool)]
        options = {"seed": derived_seed(seed, x_name, y_name), "confidence": confidence}
        result = kendall(kept["x"], kept["y"], resamples=resamples, **options)
        summary = {name: getattr(result, name) for name in ("tau", "low", "high", "p", "n")}
        rows.append({"x_name": x_name, "y_name": y_name, **summary})
    columns = ["x_name", "y_name", "tau", "low", "high", "p", "n"]
    return pairs.merge(pd.DataFrame(rows, columns=columns), on=["x_name", "y_name"])
