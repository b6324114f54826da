"""Fig 6b: the bias towards each factor, for models whose captions always hold another factor."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from modgap.errors import InputError
from modgap.mad.captions import FACTORS
from modgap.plots.theme import SMALL, TEXT_WIDTH, new_figure, seeds_text, styled
from modgap.stats.quantities import Quantity
from modgap.stats.summaries import per_model, with_interval


def numbers(metrics: pd.DataFrame, models: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """One row per modality, always-present factor, measured factor and model (seed).

    Columns modality, main_factor, factor, seed, model, value (the bias), mean, low, high, n.
    Models whose captions hold the main factor and one other are shown; others are left out.
    """
    shown = models[models["attributes"] == 1]
    parts = []
    for modality in ("image", "text"):
        wanted = [Quantity(factor, (f"bias:{factor}",), modality) for factor in FACTORS]
        parts.append(per_model(metrics, shown, wanted).assign(modality=modality))
    frame = pd.concat(parts).rename(columns={"quantity": "factor"})
    keys = ["modality", "main_factor", "factor"]
    return with_interval(frame[[*keys, "seed", "model", "value"]], keys, confidence)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """Two heat maps, image and text: a row per always-present factor, a column per factor.

    The means over seeds stand in the cells; a frame marks each model's own factor.
    """
    if numbers.empty:
        raise InputError("fig6b: no biases to show")
    limit = float(numbers["mean"].abs().max())
    figure, axes = new_figure(1, 2, TEXT_WIDTH, 2.9, sharey=True)
    for ax, modality in zip(axes[0], ("image", "text"), strict=True):
        means = _grid(numbers[numbers["modality"] == modality])
        picture = _heat_map(ax, means, limit)
        ax.set_title(f"{modality} embeddings")
        ax.set_xlabel("bias towards")
    axes[0, 0].set_ylabel(f"always in the caption\n({seeds_text(numbers['n'])} each)")
    figure.colorbar(picture, ax=axes[0], label="bias (difference of mean cosines)", shrink=0.9)
    return figure


def _grid(rows: pd.DataFrame) -> pd.DataFrame:
    means = rows.drop_duplicates(["main_factor", "factor"])
    means = means.pivot(index="main_factor", columns="factor", values="mean")
    factors = [factor for factor in FACTORS if factor in means.index]
    return means.reindex(index=factors, columns=FACTORS)


def _heat_map(ax: Axes, means: pd.DataFrame, limit: float):
    picture = ax.imshow(means, cmap="PuOr_r", vmin=-limit, vmax=limit, aspect="auto")
    for (row, column), value in np.ndenumerate(means.to_numpy()):
        if np.isfinite(value):
            ink = "white" if abs(value) > 0.7 * limit else "black"
            text = f"{value:z.2f}".replace("-", "−")
            ax.text(column, row, text, ha="center", va="center", color=ink, fontsize=SMALL)
    for row, factor in enumerate(means.index):
        corner = (means.columns.get_loc(factor) - 0.5, row - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, ec="black", lw=1.4, clip_on=False))
    ax.set_xticks(range(means.shape[1]), means.columns, rotation=35, ha="right")
    ax.set_yticks(range(means.shape[0]), means.index)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return picture
