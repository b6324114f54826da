"""Fig 2: samples of the training data with their captions (no paper values)."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from modgap.errors import InputError
from modgap.plots.theme import SMALL, TEXT_WIDTH, new_figure, styled

_COLUMNS = 6


def numbers(samples: pd.DataFrame) -> pd.DataFrame:
    """The captions shown: those of the data set whose captions have the most words.

    Parameters
    ----------
    samples
        Tables of `modgap.data.samples.samples`, one under the other: dataset, caption, height,
        width (pixels), pixels (bytes of height × width × 3 values of 8 bits).

    Returns
    -------
    pandas.DataFrame
        One row per sample: sample (0, 1, …), dataset, caption.

    Raises
    ------
    InputError
        If there is no sample.
    """
    if samples.empty:
        raise InputError("fig2: no sample of any data set; the data sets have no captions")
    words = samples["caption"].str.split(r"[\s-]+", regex=True).str.len()
    fullest = words.groupby(samples["dataset"], sort=False).mean().idxmax()
    shown = samples[samples["dataset"] == fullest].reset_index(drop=True)
    return shown[["dataset", "caption"]].rename_axis("sample").reset_index()


@styled
def draw(numbers: pd.DataFrame, samples: pd.DataFrame) -> Figure:
    """The images, six in a row, above their captions.

    Parameters
    ----------
    numbers, samples
        As in `numbers`.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per sample.
    """
    shown = samples[samples["dataset"] == numbers["dataset"].iloc[0]]
    rows = -(-len(numbers) // _COLUMNS)
    figure, axes = new_figure(rows, _COLUMNS, TEXT_WIDTH, 1.6 * rows)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    for ax, sample in zip(axes.flat, shown.itertuples(), strict=False):
        pixels = np.frombuffer(sample.pixels, np.uint8).reshape(sample.height, sample.width, 3)
        ax.imshow(pixels, interpolation="nearest")
        ax.set_xlabel(in_lines(sample.caption), fontsize=SMALL)
    return figure


def in_lines(caption: str, width: int = 18) -> str:
    """A caption in lines of at most `width` characters where words, and parts of them, allow."""
    lines = [""]
    for word in caption.replace("-", "-\0").replace(" ", " \0").split("\0"):
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.rstrip() for line in lines)
