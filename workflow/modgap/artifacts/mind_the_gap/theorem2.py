"""Theorem 2: most of the variance of a deep network is that of its random weights."""

import pandas as pd

HEADINGS = {
    "activation": "activation",
    "bias": "bias",
    "depth": "layer",
    "variance": "variance × width",
    "within": "of inputs",
    "between": "of weights",
    "share": "share of weights",
    "beta": "β (bound)",
    "exact": "expected share",
    "n": "networks",
}


def headings() -> dict[str, str]:
    """The decomposition, the share and its bound."""
    return HEADINGS


def numbers(simulation: pd.DataFrame) -> pd.DataFrame:
    """The variance of each layer, decomposed, with the share of the weights above its bound.

    Parameters
    ----------
    simulation
        The simulation `theorem2`.

    Returns
    -------
    pandas.DataFrame
        Its rows with `margin`, share − β: at least 0 for every bias, and 0 in expectation without
        one, where it scatters about 0 over networks.
    """
    return simulation.assign(margin=simulation["share"] - simulation["beta"])
