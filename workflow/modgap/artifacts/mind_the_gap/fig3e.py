"""Fig 3e–g: pairs on a sphere repel the modalities only where some are mismatched."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.artifacts.mind_the_gap._temperatures import temperature_text
from modgap.claims.paper_values import with_paper_values
from modgap.plots.theme import TEXT_WIDTH, legend_below, new_figure, styled

_SOURCE = ("mind_the_gap", "fig3e")
_PAIRS = {
    "six": ("six pairs", "latitude of texts [°]"),
    "nine": ("nine pairs", "height of images"),
}
_MATCHINGS = {
    "matched": "all matched",
    "swapped": "two exchanged",
    "as_run": "as run: two labels equal",
}


def numbers(simulation: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The loss at every position, with the exact values beside the minima and the middle.

    Parameters
    ----------
    simulation
        The simulation `sphere`: pairs, matching, temperature, position, loss, minimum.
    reference
        Stated values.

    Returns
    -------
    pandas.DataFrame
        The same with stated_position (at the minimum of a curve), stated_loss (at the minimum, at
        latitudes 0 and 90, and at the height nearest to 0) and stated_note.
    """
    frame = simulation.reset_index(drop=True)
    keys = frame[["pairs", "matching"]].assign(
        temperature=frame["temperature"].map(temperature_text),
        position=frame["position"].map(lambda place: f"{place:g}"),
    )
    curve = keys.drop(columns="position")
    distance = frame["position"].abs()
    nearest = distance == distance.groupby([frame["pairs"]]).transform("min")
    place = with_paper_values(frame, reference, (*_SOURCE, "argmin_position"), curve)
    least = with_paper_values(frame, reference, (*_SOURCE, "minimum_loss"), curve)
    middle = with_paper_values(frame, reference, (*_SOURCE, "loss_near_zero"), curve)
    plain = with_paper_values(frame, reference, (*_SOURCE, "loss"), keys)
    at_minimum = frame["minimum"]
    loss = plain["paper_value"].fillna(middle["paper_value"].where(nearest))
    frame["stated_position"] = place["paper_value"].where(at_minimum)
    frame["stated_loss"] = loss.fillna(least["paper_value"].where(at_minimum))
    frame["stated_note"] = least["paper_note"].where(at_minimum, plain["paper_note"])
    return frame


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A row for six and one for nine pairs, a column per matching; minima marked."""
    columns = [name for name in _MATCHINGS if name in set(numbers["matching"])]
    rows = [name for name in _PAIRS if name in set(numbers["pairs"])]
    figure, axes = new_figure(len(rows), len(columns), TEXT_WIDTH, 4.2, sharey="row")
    names = sorted(numbers["temperature"].unique(), reverse=True)
    colours = dict(zip(names, sns.color_palette("viridis", len(names)), strict=True))
    for line, pairs in zip(axes, rows, strict=True):
        for ax, matching in zip(line, columns, strict=True):
            shown = (numbers["pairs"] == pairs) & (numbers["matching"] == matching)
            if not shown.any():
                ax.remove()
                continue
            for temperature, curve in numbers[shown].groupby("temperature", sort=False):
                _curve(ax, curve, f"τ = {temperature_text(temperature)}", colours[temperature])
            title, label = _PAIRS[pairs]
            ax.set(xlabel=label, ylabel="", title=f"{title}, {_MATCHINGS[matching]}")
            ax.set_ylim(0, 2.3)
            ax.set_xticks([-90, -45, 0, 45, 90] if pairs == "six" else [-1, -0.5, 0, 0.5, 1])
        line[0].set_ylabel("loss [nats]")
    legend_below(figure, figure.axes, columns=5)
    return figure


def _curve(ax: Axes, curve: pd.DataFrame, name: str, colour: tuple) -> None:
    style = {"color": colour, "label": name, "legend": False, "ax": ax}
    sns.lineplot(curve, x="position", y="loss", estimator=None, lw=1, **style)
    least = {"color": colour, "marker": "o", "s": 20, "zorder": 3, "legend": False, "ax": ax}
    sns.scatterplot(curve[curve["minimum"]], x="position", y="loss", **least)
