"""A figure on disk: .pdf, .png and the numbers it shows as .csv."""

import os

import pandas as pd
from matplotlib.figure import Figure

from modgap.formats.files import whole_file, write_text
from modgap.plots.theme import styled


@styled
def write_figure(
    figure: Figure,
    numbers: pd.DataFrame,
    pdf: str | os.PathLike,
    png: str | os.PathLike,
    csv: str | os.PathLike,
) -> None:
    """Write all three files, each whole or not at all; the same figure gives the same bytes.

    Parameters
    ----------
    figure
        What `draw` of an artifact returns.
    numbers
        What it shows; the .csv holds every digit.
    pdf, png, csv
        Where to write.
    """
    with whole_file(pdf) as partial:
        figure.savefig(partial, metadata={"CreationDate": None, "Creator": None})
    with whole_file(png) as partial:
        figure.savefig(partial, metadata={"Software": None})
    write_text(csv, numbers.to_csv(index=False))
