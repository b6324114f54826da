"""One look for all figures: sizes, fonts, colours, markers, and the parts that several share."""

import functools
from collections.abc import Callable, Iterable, Sequence
from math import ceil

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

mpl.use("Agg")

COLUMN_WIDTH = 3.3  # inches
TEXT_WIDTH = 6.8

# Okabe & Ito, Color Universal Design (2008): told apart with every common colour blindness.
COLOURS = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
}
# Colour never stands alone: each role has its own marker and line as well.
ROLES = {
    "image": (COLOURS["blue"], "o", "-"),
    "text": (COLOURS["vermilion"], "s", "--"),
    "medium": (COLOURS["sky"], "^", "-"),
    "large": (COLOURS["purple"], "D", "--"),
}
_CYCLE = [
    (COLOURS["blue"], "o", "-"),
    (COLOURS["vermilion"], "s", "--"),
    (COLOURS["green"], "^", "-."),
    (COLOURS["purple"], "D", ":"),
    (COLOURS["orange"], "v", "-"),
    (COLOURS["sky"], "P", "--"),
    (COLOURS["black"], "X", "-."),
]

SMALL = 7  # points; nothing in a figure is smaller
RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "figure.dpi": 150,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,  # TrueType, so that text in the PDF stays text
    "axes.unicode_minus": True,
}


def styled(draw: Callable) -> Callable:
    """Run a drawing or writing function with the settings of `RC`, whatever the user's are."""

    @functools.wraps(draw)
    def wrapper(*args, **kwargs):
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(RC)
            return draw(*args, **kwargs)

    return wrapper


def look(names: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Colour, marker and line style of each name: its role's if it has one, else the next free."""
    names = list(dict.fromkeys(names))
    roles = {name: ROLES[name] for name in names if name in ROLES}
    free = [entry for entry in _CYCLE if entry not in roles.values()]
    others = [name for name in names if name not in roles]
    return roles | {name: free[i % len(free)] for i, name in enumerate(others)}


def new_figure(rows: int, columns: int, width: float, height: float, **subplots) -> tuple:
    """A figure of `width` × `height` inches and its axes, an array (rows, columns)."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06)
    return figure, figure.subplots(rows, columns, squeeze=False, **subplots)


def panels_width(panels: int) -> float:
    """Width of a row of panels: one fits a column, more take the whole text width."""
    return COLUMN_WIDTH if panels == 1 else TEXT_WIDTH


def legend_below(
    figure: Figure, axes: Iterable[Axes], columns: int = 4, enlarge: float = 1
) -> None:
    """One legend under the whole figure, each label once, in order of appearance.

    `enlarge` scales its markers, where those of the figure are too small to tell apart.
    """
    entries = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if not entries:
        return
    # Equally filled rows: five entries in at most four columns stand as 3 + 2.
    per_row = ceil(len(entries) / ceil(len(entries) / columns))
    figure.legend(
        entries.values(),
        entries.keys(),
        loc="outside lower center",
        ncols=per_row,
        handlelength=1.8,
        markerscale=enlarge,
    )


def mean_and_points(
    ax: Axes, x: Sequence, values: Sequence[Sequence], summary, name, style
) -> None:
    """Seeds as points, their mean as a line, the interval as a bar.

    `values[i]` are the seeds at `x[i]`; `summary` is (mean, low, high), each as long as `x`; a
    missing interval (one seed) leaves the bar out.
    """
    colour, marker, line = style
    beside = 0.04 * np.ptp(x)  # else the mean's marker would hide them
    for position, seeds in zip(x, values, strict=True):
        places = [position + beside] * len(seeds)
        ax.plot(places, seeds, marker, color=colour, alpha=0.7, ms=2.5, mew=0)
    mean, low, high = (np.asarray(part, dtype=float) for part in summary)
    known = np.isfinite(low) & np.isfinite(high)
    ax.plot(x, mean, line, marker=marker, color=colour, label=name, mfc="white", zorder=3)
    ax.vlines(np.asarray(x)[known], low[known], high[known], color=colour, lw=1.0, zorder=2)


def keep_within(ax: Axes, low: float, high: float) -> None:
    """Keep the y axis in the range that values can have: an interval of few seeds may leave it."""
    bottom, top = ax.get_ylim()
    margin = 0.03 * (high - low)
    ax.set_ylim(max(bottom, low - margin), min(top, high + margin))


def no_data(ax: Axes) -> None:
    """Say that a panel has nothing to show, rather than leave it blank."""
    ax.text(0.5, 0.5, "no data", ha="center", va="center", transform=ax.transAxes, color="0.4")


def seeds_text(counts: Iterable[int]) -> str:
    """How many seeds stand behind each mean, for an axis label: "n = 3 seeds", "n = 2–3 seeds"."""
    low, high = int(min(counts)), int(max(counts))
    return f"n = {low}–{high} seeds" if low < high else f"n = {low} seed" + "s" * (low != 1)
