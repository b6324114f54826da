"""Fig 2c: every initialisation of a network is a cone of its own."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from modgap.claims.paper_values import with_paper_values
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

_PLACE = ("mind_the_gap", "fig2c", "singular_value")
# What the paper calls the encoder of each modality of the network it shows.
_ENCODERS = {"image": "ViT-B-32", "text": "text transformer"}


def numbers(initialisations: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The singular values of all initialisations together, and their items in the plane.

    Parameters
    ----------
    initialisations
        The table of `modgap.measure.initialisations`, for images, texts or both.
    reference
        Stated values.

    Returns
    -------
    pandas.DataFrame
        The same with paper_value and paper_note beside the singular values; the published ones are
        of 25 initialisations of 5,000 items.
    """
    keys = pd.DataFrame(
        {
            "encoder": initialisations["modality"].map(_ENCODERS),
            "component": initialisations["component"].astype("Int64"),
        }
    ).reset_index(drop=True)
    return with_paper_values(initialisations, reference, _PLACE, keys)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A row per modality: the plane, coloured by initialisation, and the singular values."""
    modalities = list(numbers["modality"].unique())
    figure, axes = new_figure(len(modalities), 2, TEXT_WIDTH, 2.5 * len(modalities))
    for (plane, values), modality in zip(axes, modalities, strict=True):
        rows = numbers[numbers["modality"] == modality]
        _plane(plane, rows.dropna(subset=["x"]), modality)
        _values(values, rows.dropna(subset=["singular_value"]))
    legend_below(figure, axes.flat)
    return figure


def _plane(ax, points: pd.DataFrame, modality: str) -> None:
    count = points["model"].nunique()
    style = {"palette": "husl", "s": 4, "linewidth": 0, "legend": False}
    sns.scatterplot(points, x="x", y="y", hue="model", ax=ax, **style)
    title = f"{modality}s, {count} initialisations, UMAP"
    ax.set(xlabel="", ylabel="", xticks=[], yticks=[], title=title)


def _values(ax, rows: pd.DataFrame) -> None:
    place = int(rows["break_after"].iloc[0])
    # The published values are of more items: their break is seen in the printed table.
    shown = rows[rows["component"] <= 2 * rows["models"]]
    dots = {"color": COLOURS["blue"], "marker": "o", "markersize": 3, "mew": 0, "legend": False}
    sns.lineplot(shown, x="component", y="singular_value", estimator=None, ax=ax, **dots)
    label = "largest drop"
    ax.axvline(place + 0.5, color=COLOURS["vermilion"], ls="--", lw=1, label=label)
    ax.set(xlabel="component", ylabel="singular value", title=f"largest drop after {place}")
    ax.set_ylim(bottom=0)
