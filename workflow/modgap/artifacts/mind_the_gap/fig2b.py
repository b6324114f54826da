"""Fig 2b: the cone narrows layer by layer, for every activation but the linear one."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from modgap.claims.paper_values import with_paper_values
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

_PLACE = ("mind_the_gap", "fig2b", "mean_cosine")
_BIASES = {
    "normal": "bias N(0, 1/width)",
    "default": "PyTorch's default bias",
    "none": "no bias",
}
_LOOKS = {
    "linear": ("black", "-"),
    "relu": ("blue", "-"),
    "leaky_relu": ("sky", "--"),
    "gelu": ("green", "-"),
    "quick_gelu": ("green", "--"),
    "elu": ("orange", "-"),
    "tanh": ("vermilion", "-"),
    "sigmoid": ("purple", "-"),
    "maxout": ("black", ":"),
}


def numbers(
    simulation: pd.DataFrame, reference: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """Mean cosine after each layer, with the exact and the published values beside it.

    Parameters
    ----------
    simulation
        The simulation `depth`: activation, bias, depth, mean_cosine, sd, n, expected.
    reference
        Stated values.
    confidence
        Of the interval of the mean over networks, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        The same with low, high (Student's t), paper_value and paper_note.
    """
    z = stats.t.ppf((1 + confidence) / 2, simulation["n"] - 1)
    half = z * simulation["sd"] / np.sqrt(simulation["n"])
    frame = simulation.assign(
        low=simulation["mean_cosine"] - half, high=simulation["mean_cosine"] + half
    )
    keys = simulation[["activation", "bias", "depth"]].reset_index(drop=True)
    return with_paper_values(frame, reference, _PLACE, keys)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A panel per bias; one network's scatter around ReLU, its recursion, published draws."""
    biases = [bias for bias in _BIASES if bias in set(numbers["bias"])]
    figure, axes = new_figure(1, len(biases), TEXT_WIDTH, 3.0, sharey=True)
    for ax, bias in zip(axes[0], biases, strict=True):
        _panel(ax, numbers[numbers["bias"] == bias])
        ax.set(xlabel="layers", title=_BIASES[bias], ylabel="", ylim=(-0.03, 1.03))
    axes[0, 0].set_ylabel("mean cosine of two outputs")
    legend_below(figure, axes[0], columns=4)
    return figure


def _panel(ax: Axes, rows: pd.DataFrame) -> None:
    relu = rows[rows["activation"] == "relu"]
    low, high = (relu["mean_cosine"] + side * relu["sd"] for side in (-2, 2))
    band = {"color": COLOURS["blue"], "alpha": 0.15, "lw": 0}
    ax.fill_between(relu["depth"], low, high, label="relu, ±2 sd of one network", **band)
    for activation, (colour, line) in _LOOKS.items():
        curve = rows[rows["activation"] == activation]
        style = {"color": COLOURS[colour], "ls": line, "label": activation, "legend": False}
        if len(curve):
            sns.lineplot(curve, x="depth", y="mean_cosine", estimator=None, ax=ax, **style)
    exact = {"color": COLOURS["yellow"], "ls": "--", "lw": 1, "label": "relu, exact recursion"}
    sns.lineplot(relu, x="depth", y="expected", estimator=None, legend=False, ax=ax, **exact)
    paper = rows.dropna(subset=["paper_value"])
    for activation, points in paper.groupby("activation"):
        sns.scatterplot(
            points,
            x="depth",
            y="paper_value",
            marker="o",
            s=14,
            facecolor="none",
            edgecolor=COLOURS[_LOOKS[activation][0]],
            linewidth=0.8,
            label="published" if activation == "relu" else None,
            legend=False,
            zorder=3,
            ax=ax,
        )
