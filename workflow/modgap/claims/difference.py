"""Two results folders, number by number: what moved, and whether beyond its interval."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.tables import read_frames

COLUMNS = ["table", "row", "column", "before", "after", "low", "high", "change"]
# A number without an interval has moved if it differs by more than this share of itself.
_SHARE = 1e-6
# What names a row of a metric table.
_NAMES = ("model", "dataset", "split", "metric", "modality")
# Columns that say what made a row and what that took, not what was found.
_RECORD = ("seed", "commit", "cpu_seconds", "training_time")


def compare_results(before: str | os.PathLike, after: str | os.PathLike) -> pd.DataFrame:
    """Every number that differs between two results folders of one study.

    Parameters
    ----------
    before, after : folders
        Results folders; their metric tables (`metrics/*/*.parquet`) and the numbers of their
        artifacts (`*/*.csv`) are compared. Rows are matched by everything in them that is text or a
        whole number, in any order.

    Returns
    -------
    DataFrame
        Columns table, row (what names it), column, before, after, low, high (the interval before,
        where there is one) and change: "moved" (outside the interval, or by more than a millionth
        where there is none), "within" (its interval), or "only before", "only after" for rows,
        columns and tables that one folder lacks.

    Raises
    ------
    InputError
        If a folder holds no results, the two have no table in common, or one model's metrics are of
        different data in the two: other rows, or another n in all of them.
    """
    first, second = _tables(Path(before)), _tables(Path(after))
    if not set(first) & set(second):
        raise InputError(f"{before} and {after}: no table in common; they are of different studies")
    parts = [pd.DataFrame(columns=COLUMNS)]
    for name in sorted({*first, *second}):
        if name not in first or name not in second:
            side = "only before" if name in first else "only after"
            parts.append(pd.DataFrame([{"table": name, "change": side}]))
        else:
            frames = read_frames([first[name]]), read_frames([second[name]])
            if name.startswith("metrics/"):
                _check_same_data(*frames, f"{before} and {after}: {name}")
            rows = _compare(*frames)
            parts.append(pd.DataFrame([{"table": name, **row} for row in rows]))
    return pd.concat([p for p in parts if len(p)] or parts, ignore_index=True).reindex(
        columns=COLUMNS
    )


def _tables(folder: Path) -> dict[str, Path]:
    # A study's folder may lie in another's, as results/smoke does.
    tables = [path for path in folder.glob("*/*.csv") if not (path.parent / "study.yaml").exists()]
    paths = [*folder.glob("metrics/*/*.parquet"), *tables]
    if not paths:
        raise InputError(
            f"{folder}: no results; expected a results folder with metrics/*/*.parquet or "
            "<source>/*.csv, as a study leaves it"
        )
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _check_same_data(before: pd.DataFrame, after: pd.DataFrame, place: str) -> None:
    keys = [column for column in _NAMES if column in before and column in after]
    both = before.merge(after, on=keys, suffixes=("", "_after"))
    if both.empty:
        raise InputError(f"{place}: no row in common by {', '.join(keys)}: of different data")
    if "n_after" in both and (both["n"] != both["n_after"]).all():
        row = both.iloc[0]
        raise InputError(
            f"{place}: n of {row['metric']} is {row['n']} and {row['n_after']}: of different data. "
            "Only studies of the same data sets, of the same size, can be compared"
        )


def _compare(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[dict]:
    shared = [column for column in before.columns if column in after.columns]
    for column in [*before.columns, *after.columns]:
        if column not in shared:
            side = "only before" if column in before.columns else "only after"
            yield {"column": column, "change": side}
    columns = [column for column in shared if column not in _RECORD]
    numbers = [
        column for column in columns if _is_number(before[column]) and _is_number(after[column])
    ]
    keys = [column for column in columns if column not in numbers]
    first, second = _indexed(before, keys), _indexed(after, keys)
    for key in first.index.difference(second.index, sort=False):
        yield {"row": _name(key), "change": "only before"}
    for key in second.index.difference(first.index, sort=False):
        yield {"row": _name(key), "change": "only after"}
    common = first.index.intersection(second.index, sort=False)
    first, second = first.loc[common], second.loc[common]
    for column in numbers:
        yield from _moved(first, second, column)


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_float_dtype(values)


def _indexed(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows by what names them; rows of one name are counted."""
    names = frame[keys].astype(str).fillna("")
    turn = names.groupby(keys, sort=False).cumcount() if keys else range(len(frame))
    index = pd.MultiIndex.from_frame(names.assign(turn=turn))
    return frame.set_index(index)


def _name(key: tuple | int) -> str:
    """What errors and the table call a row; one that nothing names goes by its number from 0."""
    *names, turn = key if isinstance(key, tuple) else (key,)
    if not names:
        return f"row {turn}"
    shown = ", ".join(name for name in names if name)
    return f"{shown} ({turn + 1})" if turn else shown


def _moved(first: pd.DataFrame, second: pd.DataFrame, column: str) -> Iterator[dict]:
    a, b = first[column].to_numpy(float), second[column].to_numpy(float)
    differs = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    ends = ("low", "high") if column in ("value", "mean", "tau", "paper_value") else ()
    known = all(end in first for end in ends) and bool(ends)
    for row in np.flatnonzero(differs):
        low, high = (float(first[end].iloc[row]) for end in ends) if known else (float("nan"),) * 2
        if np.isfinite(low) and np.isfinite(high):
            beyond = not low <= b[row] <= high
        else:
            beyond = not np.isclose(a[row], b[row], rtol=_SHARE, atol=0)
        yield {
            "row": _name(first.index[row]),
            "column": column,
            "before": a[row],
            "after": b[row],
            "low": low,
            "high": high,
            "change": "moved" if beyond else "within",
        }
