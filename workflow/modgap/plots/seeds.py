"""What several seeds have in common: each of them as a point, their mean and its interval."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from modgap.plots.theme import by_name


def curves_over_seeds(
    ax: Axes, rows: pd.DataFrame, x: str, curve: str, styles: Mapping[str, tuple[str, str, str]]
) -> None:
    """Draw the means over `x` as a line per curve, intervals as bars, and the seeds beside them.

    Parameters
    ----------
    ax
        Where to draw.
    rows
        One row per seed, with columns `x`, `curve`, value, mean, low and high; where there is no
        interval, low and high are NaN and no bar is drawn.
    x, curve
        Names of the columns that place a point and that tell the lines apart.
    styles
        Curve → colour, marker and line, as `modgap.plots.theme.line_styles` makes them; a curve
        without rows is left out.
    """
    styles = {name: style for name, style in styles.items() if (rows[curve] == name).any()}
    means = rows.drop_duplicates([curve, x, "mean"])
    sns.lineplot(
        means,
        x=x,
        y="mean",
        estimator=None,
        markersize=5,
        markeredgewidth=0,
        zorder=3,
        ax=ax,
        **by_name(styles, curve),
    )
    beside = 0.045 * np.ptp(rows[x])  # else the mean's marker would hide them
    for name, (colour, marker, _) in styles.items():
        seeds = rows[rows[curve] == name]
        sns.stripplot(
            x=seeds[x] + beside,
            y=seeds["value"],
            native_scale=True,
            jitter=False,
            color=colour,
            marker=marker,
            size=2.5,
            alpha=0.7,
            ax=ax,
        )
        known = means[means[curve] == name].dropna(subset=["low", "high"])
        ax.vlines(known[x], known["low"], known["high"], color=colour, lw=1, zorder=2)
