"""What each measure of the gap responds to, in simulated clouds whose causes are known."""

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from modgap.simulate.two_clouds import CAUSES

# A response is what moves the mean by more than this many standard errors.
_ERRORS = 4.0


def headings() -> dict[str, str]:
    """The measure, its response to each cause, its bias in small samples and its interval."""
    return {
        "measure": "measure",
        **{cause: cause.replace("_", " ") for cause in CAUSES},
        "bias_100": "bias at n = 100",
        "bias_1000": "bias at n = 1,000",
        "coverage_100": "how often its interval holds the truth, n = 100",
        "coverage_1000": "n = 1,000",
    }


def numbers(simulation: pd.DataFrame) -> pd.DataFrame:
    """One row per measure.

    Parameters
    ----------
    simulation
        The simulation `two_clouds`.

    Returns
    -------
    pandas.DataFrame
        Per cause, Kendall's τ of the measure with the level over all clouds, 1 rising and −1
        falling throughout, and 0 if the mean at the highest level is within 4 standard errors of
        the mean without the cause: invariant. `bias_n`: mean at n pairs minus the mean at the most,
        in standard deviations of one value at n. `coverage_n`: share of bootstrap intervals that
        hold the mean at the most pairs; missing for measures without a bootstrap.
    """
    causes = simulation[simulation["part"] == "cause"]
    sizes = simulation[simulation["part"] == "size"]
    rows = []
    for measure in simulation["measure"].unique():
        own = causes[causes["measure"] == measure]
        row = {"measure": measure}
        for cause in CAUSES:
            row[cause] = _response(own[own["cause"] == cause])
        rows.append(row | _by_size(sizes[sizes["measure"] == measure]))
    return pd.DataFrame(rows)[list(headings())]


def _response(clouds: pd.DataFrame) -> float:
    """Clouds of one repeat share their draws, so it is their differences that are judged."""
    wide = clouds.pivot(index="repeat", columns="level", values="value")
    if wide.empty:
        return np.nan
    steps = wide[wide.columns.max()] - wide[wide.columns.min()]
    error = steps.std(ddof=1) / np.sqrt(len(steps))
    if not abs(steps.mean()) > max(_ERRORS * error, 1e-6):
        return 0.0
    # Within each repeat: what differs between repeats has nothing to do with the level.
    return float(
        np.mean([kendalltau(values.index, values).statistic for _, values in wide.iterrows()])
    )


def _by_size(clouds: pd.DataFrame) -> dict[str, float]:
    most = clouds["n"].max()
    truth = clouds.loc[clouds["n"] == most, "value"].mean()
    row = {}
    for n in (100, 1000):
        own = clouds[clouds["n"] == n]
        known = own["low"].notna()
        row[f"bias_{n}"] = row[f"coverage_{n}"] = np.nan
        if len(own) > 1 and n < most and own["value"].std() > 0:
            row[f"bias_{n}"] = (own["value"].mean() - truth) / own["value"].std(ddof=1)
        if known.any():
            holds = (own["low"] <= truth) & (truth <= own["high"])
            row[f"coverage_{n}"] = holds[known].mean()
    return row
