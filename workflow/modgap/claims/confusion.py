"""Printed counts of predictions by group: config/fairface_confusion.tsv."""

import os

import pandas as pd

from modgap.errors import InputError
from modgap.study.sheets import read_tsv

_COLUMNS = ("delta", "accuracy", "group", "prediction", "faces")


def read_confusion(path: str | os.PathLike) -> pd.DataFrame:
    """Faces of each group by predicted class, one table for each shift of the images.

    Returns the columns delta (float), accuracy (float, as printed), group, prediction and faces
    (int). Raises `InputError` naming the file and line of a cell that is no number, or no count.
    """
    rows = []
    for line, cells in read_tsv(path, _COLUMNS):
        try:
            faces = int(cells["faces"])
            numbers = {"delta": float(cells["delta"]), "accuracy": float(cells["accuracy"])}
        except ValueError as error:
            raise InputError(f"{path}: line {line}: {error}") from error
        if faces < 0:
            raise InputError(f"{path}: line {line}: faces is {faces}, expected a count")
        rows.append({**cells, **numbers, "faces": faces})
    return pd.DataFrame(rows, columns=list(_COLUMNS))
