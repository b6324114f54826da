"""Kendall's tau of each panel of a scatter figure."""

import pandas as pd

from modgap.stats.kendall import kendall


def with_tau(pairs: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """`pairs` (of `modgap.figures.values.pairs_of`) with tau, p and n of each panel.

    All models of a panel count, whatever their group; p is that of the seeded permutation test.
    tau and p are missing where a panel has fewer than three models.
    """
    rows = []
    for (x_name, y_name), panel in pairs.groupby(["x_name", "y_name"], sort=False):
        tau = p = float("nan")
        if len(panel) >= 3:
            tau, p = kendall(panel["x"].to_numpy(), panel["y"].to_numpy(), resamples, seed)
        rows.append({"x_name": x_name, "y_name": y_name, "tau": tau, "p": p, "n": len(panel)})
    found = pd.DataFrame(rows, columns=["x_name", "y_name", "tau", "p", "n"])
    return pairs.merge(found, on=["x_name", "y_name"])
