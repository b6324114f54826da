"""What all figures have in common: seaborn's theme in one setting, and the parts they share."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
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
_DASHES = {"-": "", "--": (4, 2), "-.": (4, 1.5, 1, 1.5), ":": (1, 1.5)}

SMALL = 7  # points; nothing in a figure is smaller
_SIZES = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": 8,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
}
_SETTINGS = {
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 150,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,  # TrueType, so that text in the PDF stays text
}


def styled(draw: Callable) -> Callable:
    """Run a drawing or writing function in the theme of all figures, whatever the user's is.

    What seaborn places at random falls on the same places every time.
    """

    @functools.wraps(draw)
    def wrapper(*args, **kwargs):
        with mpl.rc_context(), _fixed_jitter():
            mpl.rcdefaults()
            sns.set_theme("paper", "ticks", list(COLOURS.values()), "DejaVu Sans")
            mpl.rcParams.update(_SIZES | _SETTINGS)
            return draw(*args, **kwargs)

    return wrapper


@contextmanager
def _fixed_jitter() -> Iterator[None]:
    """seaborn draws its jitter from NumPy's global generator: fix it, then put it back."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def line_styles(names: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Colour, marker and line style of each name: its role's if it has one, else the next free."""
    names = list(dict.fromkeys(names))
    roles = {name: ROLES[name] for name in names if name in ROLES}
    free = [entry for entry in _CYCLE if entry not in roles.values()]
    others = [name for name in names if name not in roles]
    return roles | {name: free[i % len(free)] for i, name in enumerate(others)}


def by_name(styles: Mapping[str, tuple[str, str, str]], variable: str) -> dict[str, object]:
    """The styles as keywords of seaborn's line plot: `variable` decides colour, marker and dash."""
    return {
        "hue": variable,
        "style": variable,
        "palette": {name: colour for name, (colour, _, _) in styles.items()},
        "markers": {name: marker for name, (_, marker, _) in styles.items()},
        "dashes": {name: _DASHES[line] for name, (_, _, line) in styles.items()},
    }


def new_figure(rows: int, columns: int, width: float, height: float, **subplots) -> tuple:
    """A figure of `width` × `height` inches and its axes, an array (rows, columns)."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # seaborn measures labels on it
    figure.get_layout_engine().set(w_pad=0.06)
    return figure, figure.subplots(rows, columns, squeeze=False, **subplots)


def panels_width(panels: int) -> float:
    """Width of a row of panels: one fits a column, more take the whole text width."""
    return COLUMN_WIDTH if panels == 1 else TEXT_WIDTH


def legend_below(
    figure: Figure, axes: Iterable[Axes], columns: int = 4, enlarge: float = 1
) -> None:
    """One legend under the whole figure in place of those of `axes`, each label once.

    `enlarge` scales its markers, where those of the figure are too small to tell apart.
    """
    entries = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
        if ax.get_legend():
            ax.get_legend().remove()
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


def keep_within(ax: Axes, low: float, high: float) -> None:
    """Keep the y axis in the range that values can have: an interval of few seeds may leave it."""
    bottom, top = ax.get_ylim()
    margin = 0.03 * (high - low)
    ax.set_ylim(max(bottom, low - margin), min(top, high + margin))


def no_data(ax: Axes) -> None:
    """Say that a panel has nothing to show, rather than leave it blank."""
    ax.text(0.5, 0.5, "no data", ha="center", va="center", transform=ax.transAxes, color="0.4")


def wrapped(label: str, width: int = 20) -> str:
    """A label longer than `width` on two lines, broken at its comma or else near its middle."""
    if len(label) <= width or " " not in label:
        return label
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    commas = [place for place in spaces if label[place - 1] == ","]
    at = min(commas or spaces, key=lambda place: abs(place - len(label) / 2))
    return f"{label[:at]}\n{label[at + 1 :]}"


def seeds_text(counts: Sequence[int]) -> str:
    """How many seeds stand behind each mean, for an axis label: "n = 3 seeds", "n = 2–3 seeds"."""
    low, high = int(min(counts)), int(max(counts))
    return f"n = {low}–{high} seeds" if low < high else f"n = {low} seed" + "s" * (low != 1)
