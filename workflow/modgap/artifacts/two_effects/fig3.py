"""Fig 3: the gap (L2M, RMG) against performance, by size of the training set."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from modgap.plots.scatter import scatter_grid
from modgap.stats.quantities import L2M, RMG, Quantity
from modgap.stats.summaries import pairs_of, performance


def numbers(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    quantities: Mapping[str, tuple[Quantity, ...]],
    above_chance: float = 2.0,
) -> pd.DataFrame:
    """The gap and the performance of every model, each gap on the data set of its score.

    Parameters
    ----------
    metrics, models
        Metric table and model table.
    quantities
        Role → quantities; retrieval and classification are shown.
    above_chance
        As in `modgap.stats.chance.least_score`.

    Returns
    -------
    pandas.DataFrame
        One row per score, gap and model: model, group, x_name, x (gap), y_name, y (score in per
        cent), near_chance.
    """
    scores = performance(quantities)
    pairs = [(gap.on(score.dataset), score) for score in scores for gap in (L2M, RMG)]
    return pairs_of(metrics, models, pairs, above_chance)


def draw(numbers: pd.DataFrame) -> Figure:
    """A row of panels per score, L2M on the left and RMG on the right, with robust lines."""
    return scatter_grid(numbers)
