"""Fig 4a, 11a: how much each dimension contributes to the gap."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.plots.theme import COLOURS, SMALL, new_figure, panels_width, styled

_TOP = 10


def numbers(look: pd.DataFrame) -> pd.DataFrame:
    """The dimensions of the models shown, sorted by absolute difference of means.

    Parameters
    ----------
    look
        One row per model and dimension: model, dataset, dimension, mean_image, mean_text,
        difference, share.

    Returns
    -------
    pandas.DataFrame
        The same with `absolute_difference` and `rank` (1 = largest) within each model, models in
        their order.
    """
    frame = look.assign(absolute_difference=look["difference"].abs())
    by_model = frame.groupby("model", sort=False)
    rank = by_model["absolute_difference"].rank(method="first", ascending=False).astype(int)
    frame = frame.assign(rank=rank, order=by_model.ngroup()).sort_values(["order", "rank"])
    return frame.drop(columns="order").reset_index(drop=True)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """One panel per model: the sorted differences; of more than ten the largest in an inset."""
    models = list(numbers["model"].unique())
    figure, axes = new_figure(1, len(models), panels_width(len(models)), 2.4, sharey=True)
    for ax, model in zip(axes[0], models, strict=True):
        rows = numbers[numbers["model"] == model]
        sns.lineplot(
            rows, x="rank", y="absolute_difference", estimator=None, color=COLOURS["blue"], ax=ax
        )
        ax.set(xlabel=f"dimension, sorted (n = {len(rows)})", ylabel="", title=model)
        if len(rows) > _TOP:
            _inset(ax, rows.head(_TOP))
    axes[0, 0].set_ylabel("|difference of means|")
    axes[0, 0].set_ylim(0, _height(numbers))
    return figure


def _height(numbers: pd.DataFrame) -> float:
    """An upper limit that leaves the curves below the insets: flat ones get more room above."""
    beside = numbers["rank"] >= 0.25 * numbers.groupby("model")["rank"].transform("max")
    return max(
        1.05 * numbers["absolute_difference"].max(),
        numbers.loc[beside, "absolute_difference"].max() / 0.22,
    )


def _inset(ax: Axes, top: pd.DataFrame) -> None:
    """Bars of the largest differences, named by dimension, above the sorted curve."""
    inset = ax.inset_axes((0.36, 0.46, 0.62, 0.5))
    names = top["dimension"].astype(str)
    sns.barplot(
        x=names, y=top["absolute_difference"], color=COLOURS["blue"], saturation=1, ax=inset
    )
    inset.tick_params(axis="x", length=0, pad=1, rotation=90)
    inset.locator_params(axis="y", nbins=3)
    inset.set_ylabel("")
    inset.set_xlabel(f"{len(top)} largest dimensions", fontsize=SMALL, labelpad=1)
