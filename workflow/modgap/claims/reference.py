"""Numbers that the sources state: config/reference_values.tsv, config/fairface_confusion.tsv."""

import os

import pandas as pd

from modgap.errors import InputError
from modgap.study.sheets import read_tsv

SOURCES = ("two_effects", "mind_the_gap", "soft_targets")
STATUSES = ("paper", "review", "measured", "derived")
RELATIONS = ("=", "~", "<", ">=", "<=")
_CONFUSION = ("delta", "accuracy", "group", "prediction", "faces")
_VALUES = ("source", "artifact", "keys", "metric", "relation", "value", "status", "note")


def read_reference_values(
    path: str | os.PathLike, source: str = "", artifact: str = ""
) -> pd.DataFrame:
    """Numbers that the sources state, those of one source or artifact if named.

    Parameters
    ----------
    path
        config/reference_values.tsv; its columns are explained in config/README.md.
    source, artifact
        Keep the rows of this source, of this artifact; "" keeps all.

    Returns
    -------
    pandas.DataFrame
        Columns `source`, `artifact`, one column per key of the rows that are left (text; "" where a
        row has no such key), `metric`, `relation` (the value is =, about, at most, … the number),
        `value` (float), `status` and `note`. `status` is paper (the paper, its official code or
        notebooks), review (second-hand or from memory), measured (computed on public embeddings or
        in a trial, no number of a paper) or derived (follows from a formula or a given geometry).
        What is not there is not known.

    Raises
    ------
    InputError
        Naming file, line and column of what does not fit.
    """
    rows, keys = [], []
    for number, cells in read_tsv(path, _VALUES):
        place = f"{path}: line {number}"
        row = {**_checked(cells, place), **_keys(cells["keys"], place)}
        if source in ("", row["source"]) and artifact in ("", row["artifact"]):
            rows.append(row)
            keys += [key for key in _keys(cells["keys"], place) if key not in keys]
    columns = ["source", "artifact", *keys, "metric", "relation", "value", "status", "note"]
    table = pd.DataFrame(rows, columns=columns)
    return table.fillna(dict.fromkeys(keys, ""))


def read_confusion(path: str | os.PathLike) -> pd.DataFrame:
    """A printed confusion table: delta and accuracy (float), group, prediction, faces (count).

    Parameters
    ----------
    path
        config/fairface_confusion.tsv; its columns are explained in config/README.md.

    Raises
    ------
    InputError
        Naming file, line and column of what is no number, or no count.
    """
    rows = []
    for number, cells in read_tsv(path, _CONFUSION):
        row: dict = dict(cells)
        for column, kind in (("delta", float), ("accuracy", float), ("faces", int)):
            try:
                row[column] = kind(cells[column])
            except ValueError as error:
                raise InputError(
                    f"{path}: line {number}, column {column}: {cells[column]!r} is no number"
                ) from error
        if row["faces"] < 0:
            raise InputError(f"{path}: line {number}, column faces: {row['faces']} is no count")
        rows.append(row)
    return pd.DataFrame(rows, columns=[*_CONFUSION])


def _checked(cells: dict[str, str], place: str) -> dict:
    choices = {"source": SOURCES, "status": STATUSES, "relation": RELATIONS}
    for column, allowed in choices.items():
        if cells[column] not in allowed:
            raise InputError(
                f"{place}: {column} is {cells[column]!r}, expected one of: {', '.join(allowed)}"
            )
    try:
        value = float(cells["value"])
    except ValueError as error:
        raise InputError(f"{place}: value {cells['value']!r} is no number") from error
    kept = {column: cells[column] for column in _VALUES if column != "keys"}
    return {**kept, "value": value}


def _keys(text: str, place: str) -> dict[str, str]:
    """ "dataset=coco; group=medium" → {"dataset": "coco", "group": "medium"}."""
    keys = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or name.strip() in _VALUES:
            raise InputError(f"{place}: keys {text!r} is not of the form name=value; name=value")
        keys[name.strip()] = value.strip()
    return keys
