"""Fig 2: samples of MAD with their captions (no paper values)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from modgap.errors import InputError
from modgap.plots.theme import SMALL, TEXT_WIDTH, new_figure, styled

_COLUMNS = 6


def numbers(captions: Sequence[str]) -> pd.DataFrame:
    """The captions shown, one per sample: columns sample, caption."""
    return pd.DataFrame({"sample": range(len(captions)), "caption": list(captions)})


@styled
def draw(numbers: pd.DataFrame, pixels: np.ndarray) -> Figure:
    """The samples, `pixels` (n, height, width, 3) uint8, six in a row, above their captions."""
    if pixels.ndim != 4 or len(pixels) != len(numbers):
        raise InputError(
            f"fig2: pixels of shape {pixels.shape} for {len(numbers)} captions; expected "
            f"({len(numbers)}, height, width, 3)"
        )
    rows = -(-len(numbers) // _COLUMNS)
    figure, axes = new_figure(rows, _COLUMNS, TEXT_WIDTH, 1.6 * rows)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    for ax, image, caption in zip(axes.flat, pixels, numbers["caption"], strict=False):
        ax.imshow(image, interpolation="nearest")
        ax.set_xlabel(wrapped(caption), fontsize=SMALL)
    return figure


def wrapped(caption: str, width: int = 18) -> str:
    """A caption broken after hyphens into lines of at most `width` characters where words allow."""
    lines = [""]
    for word in caption.replace("-", "- ").split():
        if lines[-1] and len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(lines)
