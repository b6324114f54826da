"""Fig 3a: the gap is the first principal component of all features."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from modgap.claims.paper_values import with_paper_values
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, new_figure, styled

_PLACE = ("mind_the_gap", "fig3a", "explained_variance")
# The features that the stated values are of.
_PAPER = {"model": "ViT-B-32", "dataset": "coco"}
_SHOWN = 10
_COLUMNS = 4


def numbers(look: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The components of each model, with the published shares of variance beside them.

    Parameters
    ----------
    look
        The look `gap_pca`: model, dataset, component, explained_variance, gap_share, n.
    reference
        Stated values.

    Returns
    -------
    pandas.DataFrame
        The same with paper_value and paper_note; every model stands beside the published values of
        ViT-B/32 on COCO.
    """
    keys = look[["component"]].assign(**_PAPER).reset_index(drop=True)
    frame = with_paper_values(look, reference, _PLACE, keys)
    known = frame["paper_value"].notna()
    frame.loc[known, "paper_note"] = f"{_PAPER['model']} on {_PAPER['dataset']}"
    return frame


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A panel per model: shares of variance as bars, of the gap as dots, published as circles."""
    models = list(numbers["model"].unique())
    columns = min(len(models), _COLUMNS)
    rows = -(-len(models) // columns)
    figure, axes = new_figure(rows, columns, TEXT_WIDTH, 2.0 * rows + 0.4, sharey=True, sharex=True)
    for ax in axes.flat[len(models) :]:
        ax.remove()
    for ax, model in zip(axes.flat, models, strict=False):
        shown = numbers[(numbers["model"] == model) & (numbers["component"] <= _SHOWN)]
        places = {"x": shown["component"].astype(str), "ax": ax}
        bars = {"color": COLOURS["sky"], "saturation": 1, "label": "share of the variance"}
        sns.barplot(y=shown["explained_variance"], legend=False, **bars, **places)
        gap = {"color": COLOURS["vermilion"], "marker": "D", "s": 14, "zorder": 3}
        label = "share of the gap vector"
        sns.scatterplot(y=shown["gap_share"], label=label, legend=False, **gap, **places)
        paper = {"facecolor": "none", "edgecolor": COLOURS["black"], "s": 20, "linewidth": 0.8}
        label = "published share of the variance, ViT-B/32"
        sns.scatterplot(y=shown["paper_value"], label=label, legend=False, **paper, **places)
        ax.set(xlabel="component", ylabel="", title=model, ylim=(0, 1.05))
    axes[0, 0].set_ylabel("share")
    legend_below(figure, figure.axes, columns=3)
    return figure
