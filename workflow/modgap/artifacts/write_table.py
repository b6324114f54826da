"""A table on disk: .csv in full, .md and .tex as people read it."""

import math
import os
from collections.abc import Mapping
from numbers import Integral, Real

import pandas as pd

from modgap.errors import InputError
from modgap.formats.files import write_text

_TEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # What pdflatex does not know by itself.
    "τ": r"$\tau$",
    "−": r"$-$",
    "→": r"$\to$",
    "≤": r"$\leq$",
    "–": "--",
}


def write_table(
    table: pd.DataFrame,
    headings: Mapping[str, str],
    csv: str | os.PathLike,
    md: str | os.PathLike,
    tex: str | os.PathLike,
) -> None:
    """Write all three files, each whole or not at all.

    The .csv holds every column unrounded; .md and .tex hold the columns of `headings`, in its
    order and under its names, rounded by `cell`. The .tex is a booktabs tabular to \\input.
    """
    missing = [column for column in headings if column not in table.columns]
    if missing:
        raise InputError(f"table for {csv}: no columns {missing}; it has {list(table.columns)}")
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in headings]
    names = list(headings.values())
    rows = [[cell(value) for value in row] for row in table[list(headings)].itertuples(index=False)]
    write_text(csv, table.to_csv(index=False))
    write_text(md, markdown(names, rows, numeric))
    write_text(tex, latex(names, rows, numeric))


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


def markdown(names: list[str], rows: list[list[str]], numeric: list[bool]) -> str:
    """A pipe table; numbers are set to the right."""
    rule = ["---:" if right else "---" for right in numeric]
    cells = [[text.replace("|", r"\|") for text in row] for row in (names, *rows)]
    lines = [cells[0], rule, *cells[1:]]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def latex(names: list[str], rows: list[list[str]], numeric: list[bool]) -> str:
    """A booktabs tabular; text is escaped, numbers are set to the right."""
    columns = "".join("r" if right else "l" for right in numeric)
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in (names, *rows)]
    body = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule", *lines[1:]]
    return "\n".join([*body, r"\bottomrule", r"\end{tabular}"]) + "\n"


def escaped(text: str) -> str:
    """Text with every character that TeX would act on written out."""
    return "".join(_TEX.get(character, character) for character in text)
