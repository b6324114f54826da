"""Kendall's tau of each panel of a scatter figure."""

import pandas as pd

from modgap.stats import kendall
from modgap.stats.tables import derived_seed


def with_tau(pairs: pd.DataFrame, resamples: int, seed: int, confidence: float) -> pd.DataFrame:
    """`pairs` (of `modgap.stats.summaries.pairs_of`) with tau, low, high, p and n of each panel.

    All models of a panel count, whatever their group. Each panel has its own seed, made from
    `seed` and its names. tau and p are missing where they do not exist (one model, a constant).
    """
    rows = []
    for (x_name, y_name), panel in pairs.groupby(["x_name", "y_name"], sort=False):
        options = {"seed": derived_seed(seed, x_name, y_name), "confidence": confidence}
        result = kendall(panel["x"], panel["y"], resamples=resamples, **options)
        shown = {name: getattr(result, name) for name in ("tau", "low", "high", "p", "n")}
        rows.append({"x_name": x_name, "y_name": y_name, **shown})
    columns = ["x_name", "y_name", "tau", "low", "high", "p", "n"]
    return pairs.merge(pd.DataFrame(rows, columns=columns), on=["x_name", "y_name"])
