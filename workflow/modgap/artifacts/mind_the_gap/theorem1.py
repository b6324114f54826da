"""Theorem 1: a random ReLU layer brings two vectors closer."""

import pandas as pd

HEADINGS = {
    "ratio": "‖u‖ / ‖v‖",
    "width": "d_out",
    "side": "cosine against the bound",
    "bound": "bound",
    "share": "share of pairs that come closer",
    "low": "low",
    "high": "high",
    "n": "pairs",
    "failures_times_width": "d_out × share that does not",
}


def headings() -> dict[str, str]:
    """All columns of the simulation."""
    return HEADINGS


def numbers(simulation: pd.DataFrame) -> pd.DataFrame:
    """The share of pairs that come closer, below and above the theorem's bound.

    Parameters
    ----------
    simulation
        The simulation `theorem1`.

    Returns
    -------
    pandas.DataFrame
        Its rows: those below the bound, which the theorem speaks of, before those above.
    """
    below = simulation["side"] != "below"
    return (
        simulation.assign(above=below)
        .sort_values(["above", "ratio", "width"], ignore_index=True)
        .drop(columns="above")
    )
