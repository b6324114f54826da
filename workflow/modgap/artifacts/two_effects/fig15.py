"""Fig 15: gap, loss and recall of models trained on captions of which whole pieces are dropped."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from modgap.artifacts.two_effects._caption_views import draw_views, view_numbers
from modgap.stats.quantities import Quantity

_VIEWS = {"full": "all", "pieces_half": "half", "pieces_quarter": "quarter"}


def numbers(
    metrics: pd.DataFrame,
    histories: pd.DataFrame,
    models: pd.DataFrame,
    quantities: Mapping[str, Sequence[Quantity]],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """RMG, L2M and both recalls on every data set, always with full captions, and the last loss.

    Parameters
    ----------
    metrics, histories, models
        Tables of the models, the last with columns captions and seed.
    quantities
        Role → quantities; the data sets are those of retrieval.
    confidence
        Of the interval over seeds, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        As `_caption_views.view_numbers` says.
    """
    return view_numbers(metrics, histories, models, quantities, _VIEWS, confidence, "fig15")


def draw(numbers: pd.DataFrame) -> Figure:
    """Five panels over the views of captions."""
    return draw_views(numbers, _VIEWS)
