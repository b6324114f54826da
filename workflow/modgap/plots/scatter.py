"""Two quantities against each other over models: a grid of panels with robust lines."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import theilslopes

from modgap.plots.theme import SMALL, TEXT_WIDTH, legend_below, look, new_figure, no_data, styled


@styled
def scatter_grid(numbers: pd.DataFrame, panel_height: float = 1.7) -> Figure:
    """One panel per (y_name, x_name): rows share the y axis, columns the x axis.

    `numbers` has the columns of `modgap.stats.summaries.pairs_of`; groups differ in colour and
    marker. If it also has tau, low, high, p and n (constant within a panel), they stand above it.
    """
    rows, columns = list(numbers["y_name"].unique()), list(numbers["x_name"].unique())
    figure, axes = new_figure(
        max(len(rows), 1),
        max(len(columns), 1),
        TEXT_WIDTH,
        panel_height * max(len(rows), 1) + 0.6,
        sharex="col",
        sharey="row",
    )
    groups = {group: (*style, _label(numbers, group)) for group, style in _looks(numbers)}
    for i, y_name in enumerate(rows):
        for j, x_name in enumerate(columns):
            panel = numbers[(numbers["y_name"] == y_name) & (numbers["x_name"] == x_name)]
            _panel(axes[i, j], panel, groups)
        axes[i, 0].set_ylabel(_wrapped(y_name))
    for j, x_name in enumerate(columns):
        axes[-1, j].set_xlabel(x_name)
    if numbers.empty:
        no_data(axes[0, 0])
    legend_below(figure, axes.flat, columns=2)
    return figure


def _looks(numbers: pd.DataFrame) -> Iterable[tuple[str, tuple[str, str, str]]]:
    return look(sorted(numbers["group"].unique(), reverse=True)).items()


def _label(numbers: pd.DataFrame, group: str) -> str:
    """The group and how many models it has in a panel: a range where panels differ."""
    counts = numbers[numbers["group"] == group].groupby(["x_name", "y_name"]).size()
    low, high = counts.min(), counts.max()
    size = "training set of unknown size" if group == "unknown" else f"{group} training set"
    return f"{size} (n = {low if low == high else f'{low}–{high}'} models)"


def robust_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float] | None:
    """Slope and intercept after Theil and Sen; None with under three points or one x only."""
    if len(x) < 3 or np.ptp(x) == 0:
        return None
    slope, intercept, *_ = theilslopes(y, x)
    return float(slope), float(intercept)


def _panel(ax: Axes, panel: pd.DataFrame, groups: dict) -> None:
    sizes = panel["group"].value_counts()
    for group, (colour, marker, line, label) in groups.items():
        rows = panel[panel["group"] == group]
        if rows.empty:
            continue
        x, y = rows["x"].to_numpy(), rows["y"].to_numpy()
        # Few models on top of many, or they would be lost; lines on top of all.
        points = {"ms": 4, "mew": 0, "alpha": 0.7, "zorder": 1 + 1 / sizes[group]}
        ax.plot(x, y, marker, color=colour, label=label, **points)
        fit = robust_line(x, y)
        if fit:
            ends = np.array([x.min(), x.max()])
            ax.plot(ends, fit[0] * ends + fit[1], line, color=colour)
    ax.margins(0.06)
    ax.locator_params(axis="x", nbins=7)
    if "tau" in panel and len(panel):
        first = panel.iloc[0]
        ax.set_title(tau_text(first), loc="left", fontsize=SMALL)


def tau_text(found: pd.Series) -> str:
    """Kendall's tau with its interval, p and the number of models, for the top of a panel."""
    parts = [f"n = {found['n']:.0f}"]
    if pd.notna(found["tau"]):
        p = f"= {found['p']:.2g}" if found["p"] >= 0.0001 else "< 0.0001"
        known = pd.notna(found["low"])
        interval = f" [{found['low']:z.2f}, {found['high']:z.2f}]" if known else ""
        parts = [f"τ = {found['tau']:z.2f}{interval}", f"p {p}", *parts]
    return ", ".join(parts).replace("-", "−")


def _wrapped(label: str) -> str:
    """A long label on two lines, broken at its comma or else at the space nearest to its middle."""
    if len(label) <= 20 or " " not in label:
        return label
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    commas = [place for place in spaces if label[place - 1] == ","]
    at = min(commas or spaces, key=lambda place: abs(place - len(label) / 2))
    return f"{label[:at]}\n{label[at + 1 :]}"
