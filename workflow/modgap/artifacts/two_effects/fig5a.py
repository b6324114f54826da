"""Fig 5a: object bias (MOAD) of texts and images against attribute accuracy."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from modgap.plots.scatter import scatter_grid
from modgap.stats.panels import with_tau
from modgap.stats.quantities import ATTRIBUTES, MOAD_IMAGE, MOAD_TEXT, Quantity
from modgap.stats.summaries import pairs_of


def numbers(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    attributes: Sequence[Quantity] = (ATTRIBUTES,),
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One row per attribute score, modality and model, with the panel's Kendall tau, p and n.

    Columns model, group, x_name, x (MOAD), y_name, y (accuracy in per cent), tau, low, high, p, n.
    MOAD is taken on the data set of the attribute score.
    """
    pairs = [(moad.on(y.dataset), y) for y in attributes for moad in (MOAD_TEXT, MOAD_IMAGE)]
    return with_tau(pairs_of(metrics, models, pairs), resamples, seed, confidence)


def draw(numbers: pd.DataFrame) -> Figure:
    """A row of panels per attribute score, text on the left and image on the right."""
    return scatter_grid(numbers)
