"""A table on disk: .csv in full, .md and .tex as people read it."""

import math
import os
from collections.abc import Mapping
from numbers import Integral, Real

import pandas as pd

from modgap.errors import InputError
from modgap.formats.files import write_text

# What pdflatex does not know by itself.
_TEX = str.maketrans({"τ": r"$\tau$", "−": r"$-$", "→": r"$\to$", "≤": r"$\leq$", "–": "--"})


def write_table(
    table: pd.DataFrame,
    headings: Mapping[str, str],
    csv: str | os.PathLike,
    md: str | os.PathLike,
    tex: str | os.PathLike,
) -> None:
    r"""Write all three files, each whole or not at all.

    Parameters
    ----------
    table
        The .csv holds every column of it, unrounded.
    headings
        Column → its name for readers. .md and .tex hold these columns in this order, rounded by
        `cell`; numbers are set to the right.
    csv, md, tex
        Where to write. The .tex is a booktabs tabular to \input.

    Raises
    ------
    InputError
        If `table` lacks a column of `headings`.
    """
    missing = [column for column in headings if column not in table.columns]
    if missing:
        raise InputError(f"table for {csv}: no columns {missing}; it has {list(table.columns)}")
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in headings]
    cells = table[list(headings)].astype(object).map(cell).rename(columns=headings)
    write_text(csv, table.to_csv(index=False))
    write_text(md, markdown(cells, numeric))
    write_text(tex, latex(cells, numeric))


def cell(value: object) -> str:
    """A value for readers: integers as they are, others to three decimals; "" if missing.

    From 10 on one decimal is kept, from 1,000 on none; below 0.001 two significant digits.
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    if isinstance(value, Integral) or abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    if 0 < abs(value) < 0.001:
        text = f"{value:.1e}"
    else:
        text = f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
    return text.replace("-", "−", 1) if value < 0 else text


def markdown(cells: pd.DataFrame, numeric: list[bool]) -> str:
    """A pipe table of texts; the columns of numbers are set to the right."""
    cells = cells.map(_without_pipes).rename(columns=_without_pipes)
    sides = ["right" if right else "left" for right in numeric]
    # Without rows tabulate knows no columns to align.
    options = {"colalign": sides} if len(cells) else {}
    return cells.to_markdown(index=False, disable_numparse=True, **options) + "\n"


def latex(cells: pd.DataFrame, numeric: list[bool]) -> str:
    """A booktabs tabular of texts, escaped; the columns of numbers are set to the right."""
    sides = "".join("r" if right else "l" for right in numeric)
    style = cells.reset_index(drop=True).style.hide(axis="index").format(escape="latex")
    style = style.format_index(axis="columns", escape="latex")
    return style.to_latex(column_format=sides, hrules=True).translate(_TEX)


def _without_pipes(text: str) -> str:
    return text.replace("|", r"\|")
