"""Fig 5b: object performance against attribute accuracy."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from modgap.plots.scatter import scatter_grid
from modgap.stats.panels import with_tau
from modgap.stats.quantities import ATTRIBUTES, MAD_OBJECTS, Quantity
from modgap.stats.summaries import pairs_of


def numbers(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    objects: Sequence[Quantity] = MAD_OBJECTS,
    attributes: Sequence[Quantity] = (ATTRIBUTES,),
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One row per attribute score, object score and model, with the panel's Kendall tau, p and n.

    Columns model, group, x_name, x (object score), y_name, y (attribute accuracy), both in per
    cent, tau, low, high, p, n.
    """
    pairs = [(x, y) for y in attributes for x in objects]
    return with_tau(pairs_of(metrics, models, pairs), resamples, seed, confidence)


def draw(numbers: pd.DataFrame) -> Figure:
    """A row of panels per attribute score, a column per object score."""
    return scatter_grid(numbers)
