"""Fig 5a: object bias (MOAD) of texts and images against attribute accuracy."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from modgap.plots.scatter import scatter_grid
from modgap.stats.panels import with_tau
from modgap.stats.quantities import MOAD_IMAGE, MOAD_TEXT, Quantity
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
    """MOAD and attribute accuracy of every model, with the Kendall tau of each panel.

    Parameters
    ----------
    metrics, models
        Metric table and model table.
    quantities
        Role → quantities; attributes are shown, each against MOAD on its own data set.
    above_chance
        As in `modgap.stats.chance.least_score`.
    resamples, seed, confidence
        As in `modgap.stats.kendall.kendall`.

    Returns
    -------
    pandas.DataFrame
        One row per attribute score, modality and model: model, group, x_name, x (MOAD), y_name, y
        (accuracy in per cent), near_chance, tau, low, high, p, n.
    """
    scores = quantities.get("attributes", ())
    pairs = [(moad.on(y.dataset), y) for y in scores for moad in (MOAD_TEXT, MOAD_IMAGE)]
    pairs = pairs_of(metrics, models, pairs, above_chance)
    return with_tau(pairs, resamples, seed, confidence)


def draw(numbers: pd.DataFrame) -> Figure:
    """A row of panels per attribute score, text on the left and image on the right."""
    return scatter_grid(numbers)
