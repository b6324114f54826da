"""Errors found in the sources, with the published and the correct value of each."""

import pandas as pd

from modgap.claims.errata.table import errata_table

HEADINGS = {
    "source": "source",
    "artifact": "artifact",
    "error": "error",
    "quantity": "quantity",
    "published": "as published",
    "correct": "correct",
    "consequence": "consequence",
    "why_not": "why not computed",
    "command": "command",
}


def numbers(reference: pd.DataFrame, confusion: pd.DataFrame) -> pd.DataFrame:
    """One row per erratum, both values computed when this is called.

    Parameters
    ----------
    reference
        config/reference_values.tsv.
    confusion
        config/fairface_confusion.tsv.

    Returns
    -------
    pandas.DataFrame
        As `modgap.claims.errata.table.errata_table`.
    """
    return errata_table(reference, confusion)


def headings() -> dict[str, str]:
    """All columns but the short name."""
    return HEADINGS
