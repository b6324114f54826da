"""Fig 3: the gap (L2M, RMG) against performance, by size of the training set."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from modgap.plots.scatter import scatter_grid
from modgap.stats.quantities import L2M, MAD_SCORES, RMG, Quantity
from modgap.stats.summaries import pairs_of


def numbers(
    metrics: pd.DataFrame, models: pd.DataFrame, scores: Sequence[Quantity] = MAD_SCORES
) -> pd.DataFrame:
    """One row per score, gap and model; columns model, group, x_name, x (gap), y_name, y (score).

    Each gap is taken on the data set of its score. The default scores are MAD's: retrieval stands
    for COCO, zero-shot digits for ImageNet.
    """
    pairs = [(gap.on(score.dataset), score) for score in scores for gap in (L2M, RMG)]
    return pairs_of(metrics, models, pairs)


def draw(numbers: pd.DataFrame) -> Figure:
    """A row of panels per score, L2M on the left and RMG on the right, with Theil-Sen lines."""
    return scatter_grid(numbers)
