"""Fig 5b: object performance against attribute accuracy."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from modgap.plots.scatter import scatter_grid
from modgap.stats.panels import with_tau
from modgap.stats.quantities import Quantity
from modgap.stats.summaries import pairs_of


def numbers(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    quantities: Mapping[str, tuple[Quantity, ...]],
    above_chance: float = 2.0,
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Object performance and attribute accuracy of every model, with each panel's Kendall tau.

    Parameters
    ----------
    metrics, models
        Metric table and model table.
    quantities
        Role → quantities; attributes stand against retrieval (image to text, its first quantity)
        and classification.
    above_chance
        As in `modgap.stats.chance.least_score`.
    resamples, seed, confidence
        As in `modgap.stats.kendall.kendall`.

    Returns
    -------
    pandas.DataFrame
        One row per attribute score, object score and model: model, group, x_name, x (object score),
        y_name, y (attribute accuracy), both in per cent, near_chance, tau, low, high, p, n.
    """
    objects = (*quantities.get("retrieval", ())[:1], *quantities.get("classification", ()))
    pairs = [(x, y) for y in quantities.get("attributes", ()) for x in objects]
    pairs = pairs_of(metrics, models, pairs, above_chance)
    return with_tau(pairs, resamples, seed, confidence)


def draw(numbers: pd.DataFrame) -> Figure:
    """A row of panels per attribute score, a column per object score."""
    return scatter_grid(numbers)
