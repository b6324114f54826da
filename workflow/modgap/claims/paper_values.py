"""Values that the papers state, beside ours."""

import pandas as pd

from modgap.errors import InputError

# Columns of the reference table that are no keys of a row.
_GIVEN = {"source", "artifact", "metric", "relation", "value", "status", "note"}


def stated_values(reference: pd.DataFrame, place: tuple[str, str, str]) -> pd.DataFrame:
    """The rows of the reference table of one metric of one artifact.

    Parameters
    ----------
    reference
        config/reference_values.tsv as `modgap.claims.reference` reads it.
    place
        The (source, artifact, metric) of the stated values.

    Returns
    -------
    pandas.DataFrame
        Rows of `reference`; none where nothing is known.
    """
    return reference[(reference[["source", "artifact", "metric"]] == list(place)).all(axis=1)]


def with_paper_values(
    table: pd.DataFrame, reference: pd.DataFrame, place: tuple[str, str, str], keys: pd.DataFrame
) -> pd.DataFrame:
    """A table with the paper's value beside every row that it belongs to.

    A value stands beside every row that agrees with all of its keys.

    Parameters
    ----------
    table
        One row per result.
    reference, place
        As in `stated_values`.
    keys
        The rows of `table`, with the key columns of the stated values.

    Returns
    -------
    pandas.DataFrame
        `table` with the columns paper_value (float) and paper_note (text), empty where unknown.
        paper_note says what a number is that is not plainly the paper's: "about", "second-hand", ….

    Raises
    ------
    InputError
        If a stated value has a key that `keys` lacks: it would be lost in silence.
    """
    table = table.reset_index(drop=True).assign(paper_value=float("nan"), paper_note="")
    for stated in stated_values(reference, place).to_dict("records"):
        wanted = {
            key: value for key, value in stated.items() if key not in _GIVEN and not _empty(value)
        }
        missing = wanted.keys() - set(keys.columns)
        if missing:
            raise InputError(f"reference values of {place}: unknown keys {sorted(missing)}")
        agrees = (keys[list(wanted)].astype(str) == list(wanted.values())).all(axis="columns")
        table.loc[agrees.to_numpy(), "paper_value"] = stated["value"]
        table.loc[agrees.to_numpy(), "paper_note"] = _note(stated)
    return table


def _empty(value: object) -> bool:
    return value == "" or pd.isna(value)


def _note(stated: dict) -> str:
    relation = {"=": "", "~": "about"}.get(stated["relation"], stated["relation"])
    status = {"paper": "", "review": "second-hand (review)"}.get(stated["status"], stated["status"])
    return ", ".join(filter(None, (relation, status, stated["note"])))
