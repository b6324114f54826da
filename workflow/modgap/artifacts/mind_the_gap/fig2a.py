"""Fig 2a: the narrow cone of each encoder, trained and with random weights."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.claims.paper_values import with_paper_values
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled
from modgap.stats.summaries import check_columns

_PLACE = ("mind_the_gap", "fig2a")
# What the stated values call the statistics of the look.
_STATED = {"mean": "mean_cosine", "sd": "sd_cosine", "minimum": "minimum_cosine"}
# Architectures of the paper: (architecture, modality) → its name for the encoder.
_ENCODERS = {
    ("resnet18", "image"): "ResNet-18",
    ("ViT-B-32", "image"): "ViT-B-32",
    ("ViT-B-32", "text"): "text transformer",
}
_LOOKS = [("blue", "-"), ("vermilion", "--"), ("green", "-."), ("purple", ":"), ("orange", "-")]


def numbers(
    look: pd.DataFrame, models: pd.DataFrame, reference: pd.DataFrame, noise: pd.DataFrame
) -> pd.DataFrame:
    """Distributions and statistics of all cosines, by encoder, weights and data.

    Parameters
    ----------
    look
        The look `cosines`: model, dataset, modality, quantity, low, high, value, n.
    models
        Model table with columns model, architecture and kind ("random" for random weights).
    reference
        Stated values.
    noise
        The same as `look` of noise, data set "noise".

    Returns
    -------
    pandas.DataFrame
        The rows of the look with encoder, weights ("random" or "pretrained"), data ("noise" for a
        data set whose name starts so, else "real"), paper_value and paper_note.

    Raises
    ------
    InputError
        If the model table lacks a column.
    """
    check_columns(models, ["architecture"], "fig2a")
    known = models.set_index("model")
    look = pd.concat([look, noise], ignore_index=True)
    architecture = look["model"].map(known["architecture"])
    keys = zip(architecture, look["modality"], strict=True)
    frame = look.assign(
        encoder=[_ENCODERS.get(key, f"{key[0]} {key[1]}") for key in keys],
        weights=np.where(look["model"].map(known["kind"]) == "random", "random", "pretrained"),
        data=np.where(look["dataset"].str.startswith("noise"), "noise", "real"),
    )
    parts = []
    for quantity, rows in frame.groupby("quantity", sort=False):
        metric = _STATED.get(quantity, "")
        keys = rows[["encoder", "weights", "data"]].reset_index(drop=True)
        parts.append(with_paper_values(rows, reference, (*_PLACE, metric), keys))
    return pd.concat(parts, ignore_index=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A panel for each kind of weights and data; encoders as steps, published means above."""
    panels = list(numbers.groupby(["weights", "data"], sort=True))
    figure, axes = new_figure(1, len(panels), TEXT_WIDTH, 2.5, sharex=True)
    encoders = list(numbers["encoder"].unique())
    looks = {name: _LOOKS[place % len(_LOOKS)] for place, name in enumerate(encoders)}
    for ax, ((weights, data), rows) in zip(axes[0], panels, strict=True):
        for encoder in encoders:
            _encoder(ax, rows[rows["encoder"] == encoder], encoder, *looks[encoder])
        title = f"{weights} weights, {data}"
        ax.set(xlabel="cosine of two items", title=title, yticks=[], ylabel="")
        ax.set_ylim(0, 1.15)
    axes[0, 0].set_ylabel("share of pairs, each to its peak")
    legend_below(figure, axes[0])
    return figure


def _encoder(ax: Axes, rows: pd.DataFrame, encoder: str, colour: str, line: str) -> None:
    """Each distribution is scaled to its peak: one is a hundred times as narrow as another."""
    for _, cloud in rows.groupby(["model", "dataset"]):
        bins = cloud[cloud["quantity"] == "share"]
        density = bins["value"] / (bins["high"] - bins["low"])
        edges = [*bins["low"], bins["high"].iloc[-1]]
        heights = density / density.max()
        style = {"color": COLOURS[colour], "ls": line, "label": encoder}
        ax.stairs(heights, edges, baseline=None, **style)
    paper = rows.loc[rows["quantity"] == "mean", "paper_value"].dropna().unique()
    if len(paper):
        sns.scatterplot(
            x=paper,
            y=np.full(len(paper), 1.08),
            marker="v",
            s=25,
            color=COLOURS[colour],
            label=f"{encoder}, published mean",
            legend=False,
            ax=ax,
        )
