"""What every figure must hold, and ways to ask a figure what it shows."""

from itertools import combinations, pairwise

from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from modgap.plots.theme import styled

SMALLEST = 7  # points


def lines(ax, label=None):
    """The lines of an axes that have data, as (x, y) lists; those of one label if it is given.

    A line has a label of its own, or the colour, marker and dashes of a legend entry, which has no
    data, with that label.
    """
    with_data = [line for line in ax.get_lines() if len(line.get_xdata())]
    if label is not None:
        entries = [line for line in ax.get_lines() if line.get_label() == label]
        kinds = {_kind(entry) for entry in entries if not len(entry.get_xdata())}
        with_data = [
            line for line in with_data if line.get_label() == label or _kind(line) in kinds
        ]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in with_data]


def _kind(line):
    return to_rgba(line.get_color()), line.get_marker(), str(line.get_linestyle())


def points(ax, label=None):
    """The scattered points of an axes, as one (x, y) pair of lists per set of points."""
    sets = [group for group in ax.collections if isinstance(group, PathCollection)]
    sets = [group for group in sets if len(group.get_offsets())]
    if label is not None:
        sets = [group for group in sets if group.get_label() == label]
    return [tuple(group.get_offsets().T.tolist()) for group in sets]


def texts(figure):
    """All texts that can be seen, after drawing."""
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text.get_alpha() != 0
    ]


@styled
def check(figure):
    """Text is at least 7 points, nothing is cut or overlaps, legends are off the axes."""
    figure.draw_without_rendering()
    assert figure.get_figwidth() in (3.3, 6.8)
    extent, width, height = figure.get_tightbbox(), *figure.get_size_inches()
    assert extent.x0 > -0.02
    assert extent.y0 > -0.02
    assert extent.x1 < width + 0.02
    assert extent.y1 < height + 0.02
    for text in texts(figure):
        assert text.get_fontsize() >= SMALLEST, text
    for legend in figure.legends:
        for ax in figure.axes:
            assert not legend.get_window_extent().overlaps(ax.get_tightbbox()), (legend, ax)
    labels = [ax.yaxis.label for ax in figure.axes if ax.get_ylabel()]
    for one, other in combinations(labels, 2):
        assert not one.get_window_extent().overlaps(other.get_window_extent()), (one, other)
    titles = [text for ax in figure.axes for text in (ax.title, ax._left_title) if text.get_text()]
    for one, other in combinations(titles, 2):
        assert not one.get_window_extent().overlaps(other.get_window_extent()), (one, other)
    for ax in figure.axes:
        assert ax.get_legend() is None, "legends stand outside the axes"
        assert not overlapping(ax.xaxis), ax
        assert not overlapping(ax.yaxis), ax


def overlapping(axis):
    """Pairs of neighbouring tick labels of an axis that overlap."""
    low, high = sorted(axis.get_view_interval())
    shown = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    shown = [label for label in shown if label.get_text() and label.get_visible()]
    if any(label.get_rotation() % 90 for label in shown):
        return []  # the boxes of slanted labels overlap though the labels do not
    boxes = [label.get_window_extent() for label in shown]
    return [pair for pair in pairwise(boxes) if pair[0].overlaps(pair[1])]
