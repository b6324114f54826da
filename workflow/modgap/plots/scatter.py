"""Two quantities against each other over models: a grid of panels with robust lines."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.plots.theme import (
    SMALL,
    TEXT_WIDTH,
    legend_below,
    line_styles,
    new_figure,
    no_data,
    styled,
    wrapped,
)

_LINE_FROM = 3  # models; fewer have no robust line
_NEAR_CHANCE = ("0.55", "x", "")  # colour, marker and no line


@styled
def scatter_grid(numbers: pd.DataFrame, panel_height: float = 1.7) -> Figure:
    """One panel per (y_name, x_name): rows share the y axis, columns the x axis.

    `numbers` has the columns of `modgap.stats.summaries.pairs_of`; groups differ in colour and
    marker, and have a line each, by M-estimation with Huber's weights (seaborn's
    `regplot(robust=True)`). Models near chance are crosses without a line. If it also has tau, low,
    high, p and n (constant within a panel), they stand above it. Without rows there is one panel
    that says so.
    """
    if numbers.empty:
        figure, axes = new_figure(1, 1, TEXT_WIDTH, panel_height + 0.6)
        no_data(axes[0, 0])
        return figure
    # Few models on top of many, or they would be lost.
    near = numbers["near_chance"].astype(bool)
    groups = list(numbers.loc[~near, "group"].value_counts().index)
    styles = line_styles(sorted(groups, reverse=True))
    labels = {group: _label(numbers[~near], group) for group in groups}
    shown = {labels[group]: styles[group] for group in groups}
    left_out = f"near chance, left out (n = {_models(numbers[near])} models)"
    if near.any():
        shown = {left_out: _NEAR_CHANCE} | shown
    grid = sns.FacetGrid(
        numbers.assign(label=numbers["group"].map(labels).mask(near, left_out)),
        row="y_name",
        col="x_name",
        hue="label",
        hue_order=[*shown],
        palette=[colour for colour, _, _ in shown.values()],
        hue_kws={
            "marker": [marker for _, marker, _ in shown.values()],
            "line": [line for _, _, line in shown.values()],
        },
        sharex="col",
        sharey="row",
    )
    grid.map_dataframe(_group)
    grid.set_titles("")
    for row, y_name in zip(grid.axes, grid.row_names, strict=True):
        row[0].set_ylabel(wrapped(y_name))
    for ax, x_name in zip(grid.axes[-1], grid.col_names, strict=True):
        ax.set_xlabel(x_name)
    for (y_name, x_name), ax in grid.axes_dict.items():
        panel = numbers[(numbers["y_name"] == y_name) & (numbers["x_name"] == x_name)]
        _finish(ax, panel)
    grid.figure.set_size_inches(TEXT_WIDTH, panel_height * len(grid.row_names) + 0.6)
    grid.figure.set_layout_engine("constrained", w_pad=0.06)
    legend_below(grid.figure, grid.axes.flat, columns=2)
    plt.close(grid.figure)  # pyplot, which seaborn's grids are made with, would keep it for ever
    return grid.figure


def _label(numbers: pd.DataFrame, group: str) -> str:
    """The group and how many models it has in a panel: a range where panels differ."""
    size = "training set of unknown size" if group == "unknown" else f"{group} training set"
    return f"{size} (n = {_models(numbers[numbers['group'] == group])} models)"


def _models(rows: pd.DataFrame) -> str:
    counts = rows.groupby(["x_name", "y_name"]).size()
    low, high = counts.min(), counts.max()
    return f"{low}" if low == high else f"{low}–{high}"


def _group(data: pd.DataFrame, *, color: str, marker: str, line: str, label: str) -> None:
    """One group of a panel, on the current axes: its models and, of three or more, its line."""
    sns.regplot(
        x=data["x"].to_numpy(),
        y=data["y"].to_numpy(),
        robust=True,
        ci=None,
        fit_reg=bool(line) and len(data) >= _LINE_FROM and data["x"].nunique() > 1,
        color=color,
        marker=marker,
        label=label,
        scatter_kws={"s": 16, "linewidths": 0 if line else 0.8, "alpha": 0.7},
        line_kws={"linestyle": line or "-", "linewidth": 1.2},
    )


def _finish(ax: Axes, panel: pd.DataFrame) -> None:
    ax.margins(0.06)
    ax.locator_params(axis="x", nbins=7)
    if "tau" in panel and len(panel):
        ax.set_title(tau_text(panel.iloc[0]), loc="left", fontsize=SMALL)


def tau_text(result: pd.Series) -> str:
    """Kendall's tau with its interval, p and the number of models, for the top of a panel."""
    parts = [f"n = {result['n']:.0f}"]
    if pd.notna(result["tau"]):
        p = f"= {result['p']:.2g}" if result["p"] >= 0.0001 else "< 0.0001"
        known = pd.notna(result["low"])
        interval = f" [{result['low']:z.2f}, {result['high']:z.2f}]" if known else ""
        parts = [f"τ = {result['tau']:z.2f}{interval}", f"p {p}", *parts]
    return ", ".join(parts).replace("-", "−")
