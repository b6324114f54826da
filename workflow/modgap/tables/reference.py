"""Values that the papers state, beside ours."""

import pandas as pd

# Columns of the reference table that are no keys of a row.
_GIVEN = {"source", "artifact", "metric", "relation", "value", "status", "note"}


def with_paper_values(table: pd.DataFrame, reference: pd.DataFrame, metric: str) -> pd.DataFrame:
    """`table` with the columns paper_value (float) and paper_note (text), empty where unknown.

    `reference` holds the stated values of this artifact (columns source, artifact, metric,
    relation, value, status, note, and one column per key, "" where a row has no such key). A value
    of `metric` stands beside every row of `table` that agrees with all of its keys. paper_note says
    what the number is when it is not plainly the paper's: "about", "second-hand (review)", ….
    """
    result = table.assign(paper_value=float("nan"), paper_note="")
    keys = [column for column in reference.columns if column not in _GIVEN]
    for stated in reference[reference["metric"] == metric].to_dict("records"):
        agrees = pd.Series(True, index=result.index)
        for key in keys:
            if stated[key] != "":
                agrees &= result[key].astype(str) == stated[key] if key in result else False
        result.loc[agrees, "paper_value"] = stated["value"]
        result.loc[agrees, "paper_note"] = _note(stated)
    return result


def _note(stated: dict) -> str:
    relation = "" if stated["relation"] == "=" else stated["relation"]
    status = {"paper": "", "review": "second-hand (review)"}.get(stated["status"], stated["status"])
    return ", ".join(filter(None, (relation, status)))
