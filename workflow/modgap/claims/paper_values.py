"""Values that the papers state, beside ours."""

import pandas as pd

from modgap.errors import InputError

# Columns of the reference table that are no keys of a row.
_GIVEN = {"source", "artifact", "metric", "relation", "value", "status", "note"}


def with_paper_values(
    table: pd.DataFrame, reference: pd.DataFrame, place: tuple[str, str, str], keys: pd.DataFrame
) -> pd.DataFrame:
    """`table` with the columns paper_value (float) and paper_note (text), empty where unknown.

    `reference` is config/reference_values.tsv as `modgap.claims.reference` reads it; `place` is the
    (source, artifact, metric) of the stated values; `keys` has the rows of `table` and the key
    columns of those values. A value stands beside every row that agrees with all of its keys.
    paper_note says what a number is that is not plainly the paper's: "about", "second-hand", ….
    Raises `InputError` if a stated value has a key that `keys` lacks: it would be lost in silence.
    """
    chosen = (reference[["source", "artifact", "metric"]] == list(place)).all(axis="columns")
    table = table.reset_index(drop=True).assign(paper_value=float("nan"), paper_note="")
    for stated in reference[chosen].to_dict("records"):
        wanted = {
            key: value for key, value in stated.items() if key not in _GIVEN and not _empty(value)
        }
        missing = wanted.keys() - set(keys.columns)
        if missing:
            raise InputError(f"reference values of {place}: unknown keys {sorted(missing)}")
        found = keys[list(wanted)].astype(str) == list(wanted.values())
        agrees = found.all(axis="columns").to_numpy()
        table.loc[agrees, "paper_value"] = stated["value"]
        table.loc[agrees, "paper_note"] = _note(stated)
    return table


def _empty(value: object) -> bool:
    return value == "" or pd.isna(value)


def _note(stated: dict) -> str:
    relation = {"=": "", "~": "about"}.get(stated["relation"], stated["relation"])
    status = {"paper": "", "review": "second-hand (review)"}.get(stated["status"], stated["status"])
    return ", ".join(filter(None, (relation, status, stated["note"])))
