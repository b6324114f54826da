"""The claims board: which statements of the sources hold here, and how sure that is."""

from collections.abc import Mapping

import pandas as pd

from modgap.claims.board import board

HEADINGS = {
    "source": "source",
    "statement": "statement",
    "verdict": "verdict",
    "reason": "why",
    "value": "ours",
    "low": "low",
    "high": "high",
    "n": "n",
    "seeds": "seeds",
    "p_holm": "p (Holm)",
    "paper_value": "stated",
    "rule": "rule",
    "artifact": "evidence",
    "agrees": "second run agrees",
    "command": "command",
}


def numbers(
    claims: pd.DataFrame,
    artifacts: Mapping[str, pd.DataFrame | None],
    again: Mapping[str, pd.DataFrame | None] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The board, in the order of config/claims.tsv.

    Parameters
    ----------
    claims
        config/claims.tsv as `modgap.claims.board.read_claims` reads it.
    artifacts
        source/name → the numbers of each declared artifact, None where the study lacks it.
    again
        The same of a second study, if one is in reach.
    confidence
        Of the intervals that are made here.

    Returns
    -------
    pandas.DataFrame
        As `modgap.claims.board.board`.
    """
    return board(claims, artifacts, again, confidence)


def headings() -> dict[str, str]:
    """The columns that readers see; that of a second run is empty where there is none."""
    return HEADINGS
