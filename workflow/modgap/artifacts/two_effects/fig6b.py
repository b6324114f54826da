"""Fig 6b: the bias towards each factor, for models whose captions always hold another factor."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from modgap.errors import InputError
from modgap.plots.theme import SMALL, TEXT_WIDTH, new_figure, seeds_text, styled
from modgap.stats.quantities import Quantity
from modgap.stats.summaries import check_columns, per_model, with_interval

_BIAS = "bias:"
_TEMPERATURE = ("initial_temperature", "learnable_temperature")
_DARK = 0.7  # of the limit: from there on black does not stand out


def numbers(metrics: pd.DataFrame, models: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """The biases of every model, with their mean over seeds.

    Parameters
    ----------
    metrics
        Metric table; the factors are those of its rows bias:<factor>, in their order.
    models
        Model table with columns main_factor (always in the captions), attributes (how many others),
        initial_temperature, learnable_temperature and seed. Models whose captions hold one other
        factor are shown; others are left out.
    confidence
        Of the interval over seeds, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per temperature ("learnt", or "fixed at τ"), modality, always-present factor,
        measured factor and model: temperature, modality, main_factor, factor,
        seed, model, value (the bias), mean, low, high, n.

    Raises
    ------
    InputError
        If there is no bias, or no such model.
    """
    check_columns(models, ["main_factor", "attributes", *_TEMPERATURE, "seed"], "fig6b")
    shown = models[models["attributes"] == 1]
    fixed = shown["initial_temperature"].map("fixed at {:g}".format)
    shown = shown.assign(temperature=fixed.mask(shown["learnable_temperature"], "learnt"))
    named = metrics.loc[metrics["metric"].str.startswith(_BIAS), "metric"].unique()
    factors = [metric.removeprefix(_BIAS) for metric in named]
    if shown.empty or not factors:
        raise InputError(
            f"fig6b: {len(shown)} of {len(models)} models with one attribute beside the main "
            f"factor, biases towards {factors}; both are needed"
        )
    parts = []
    for modality in ("image", "text"):
        biases = [Quantity(factor, (_BIAS + factor,), modality) for factor in factors]
        parts.append(per_model(metrics, shown, biases).assign(modality=modality))
    frame = pd.concat(parts).rename(columns={"quantity": "factor"})
    keys = ["temperature", "modality", "main_factor", "factor"]
    return with_interval(frame[[*keys, "seed", "model", "value"]], keys, confidence)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """Two heat maps, image and text, for every kind of temperature.

    A row per always-present factor, a column per factor. The means over seeds stand in the cells; a
    frame marks each model's own factor. Each kind of temperature has its own range of colours.
    """
    temperatures = list(numbers["temperature"].unique())
    figure, axes = new_figure(len(temperatures), 2, TEXT_WIDTH, 2.9 * len(temperatures))
    for row, temperature in zip(axes, temperatures, strict=True):
        rows = numbers[numbers["temperature"] == temperature]
        limit = float(rows["mean"].abs().max())
        for ax, modality in zip(row, ("image", "text"), strict=True):
            _heat_map(ax, _grid(rows[rows["modality"] == modality]), limit)
            title = f"{modality} embeddings, temperature {temperature}"
            ax.set(title=title, xlabel="bias towards", ylabel="")
        row[0].set_ylabel(f"always in the caption\n({seeds_text(rows['n'])} each)")
        colours = row[0].collections[0]
        figure.colorbar(colours, ax=row, label="bias (difference of mean cosines)", shrink=0.9)
    return figure


def _grid(rows: pd.DataFrame) -> pd.DataFrame:
    """The means, (always-present factor, factor), both in the order of the factors."""
    factors = list(rows["factor"].unique())
    means = rows.drop_duplicates(["main_factor", "factor"])
    means = means.pivot(index="main_factor", columns="factor", values="mean")
    return means.reindex(index=[name for name in factors if name in means.index], columns=factors)


def _heat_map(ax: Axes, means: pd.DataFrame, limit: float) -> None:
    sns.heatmap(
        means,
        annot=means.map(lambda value: f"{value:z.2f}".replace("-", "−")),
        fmt="",
        annot_kws={"size": SMALL, "color": "black"},
        cmap="PuOr_r",
        vmin=-limit,
        vmax=limit,
        cbar=False,
        ax=ax,
    )
    for text in ax.texts:
        column, row = map(int, text.get_position())
        if abs(means.iloc[row, column]) > _DARK * limit:
            text.set_color("white")
    for row, factor in enumerate(means.index):
        corner = (means.columns.get_loc(factor), row)
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, ec="black", lw=1.4, clip_on=False))
    ax.tick_params(length=0)
    ax.tick_params(axis="y", rotation=0)
    plt.setp(ax.get_xticklabels(), rotation=35, ha="right")
