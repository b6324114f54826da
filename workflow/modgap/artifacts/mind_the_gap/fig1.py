"""Fig 1: images and texts lie apart, trained and untrained."""

from math import ceil

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

_METHODS = {"svd": "SVD, not centred", "umap": "UMAP"}
_COLUMNS = 4
# So many pairs are joined by a line; more would be a smear.
_LINES = 100


def numbers(look: pd.DataFrame) -> pd.DataFrame:
    """The places of images and texts in the plane.

    Parameters
    ----------
    look
        The look `projection`: model, dataset, method, modality, pair, x, y.

    Returns
    -------
    pandas.DataFrame
        The same.
    """
    return look.reset_index(drop=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A column per model (at most four in a row), SVD above UMAP; the first 100 pairs joined."""
    models = list(numbers["model"].unique())
    columns, blocks = min(len(models), _COLUMNS), ceil(len(models) / _COLUMNS)
    rows = blocks * len(_METHODS)
    figure, axes = new_figure(rows, columns, TEXT_WIDTH, 1.75 * rows + 0.3)
    for ax in axes.flat[:]:
        ax.set_axis_off()
    for place, model in enumerate(models):
        for line, (method, name) in enumerate(_METHODS.items()):
            ax = axes[place // _COLUMNS * len(_METHODS) + line, place % _COLUMNS]
            ax.set_axis_on()
            shown = (numbers["model"] == model) & (numbers["method"] == method)
            _panel(ax, numbers[shown])
            ax.set_title(model if line == 0 else "")
            ax.set_ylabel(name if place % _COLUMNS == 0 else "")
    legend_below(figure, axes.flat, enlarge=3)
    return figure


def _panel(ax: Axes, points: pd.DataFrame) -> None:
    ends = points[points["pair"] < _LINES].pivot(
        index="pair", columns="modality", values=["x", "y"]
    )
    lines = np.stack([ends.xs(end, axis=1, level=1)[["x", "y"]] for end in ("image", "text")], 1)
    ax.add_collection(LineCollection(lines, color="0.6", lw=0.25, alpha=0.5, zorder=0))
    styles = {"image": ("o", COLOURS["blue"]), "text": ("s", COLOURS["vermilion"])}
    for modality, (marker, colour) in styles.items():
        rows = points[points["modality"] == modality]
        look = {"color": colour, "marker": marker, "s": 4, "linewidth": 0, "alpha": 0.7}
        sns.scatterplot(rows, x="x", y="y", label=modality, legend=False, ax=ax, **look)
    ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
    ax.margins(0.08)
