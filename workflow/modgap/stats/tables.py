"""Many correlations as one tidy table, corrected for their number."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.stats.correction import benjamini_hochberg, holm
from modgap.stats.kendall import kendall
from modgap.stats.partial import partial_kendall
from modgap.stats.power import minimum_detectable_tau


def correlation_table(
    frame: pd.DataFrame,
    rows: Sequence[str],
    against: Sequence[str],
    *,
    groups: str | None = None,
    confounders: Sequence[str] = (),
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Kendall's τ of each column in `rows` with each in `against`, within each group.

    Rows with a missing value in either column are left out, and n says how many remain. The
    corrections count all lines of the returned table as one family, plain and partial p apart.
    Each line has its own seed, made from `seed` and its names: adding a line leaves the others.

    Parameters
    ----------
    frame
        One row per model, numbers in the columns that are named.
    rows, against
        Columns: the factors, and the scores that they are held against.
    groups
        The column that splits the frame; without it all rows are group "all".
    confounders
        Columns held still in the partial τ, except where one is itself the factor or score.
    resamples, seed, confidence
        As in `kendall`.

    Returns
    -------
    pandas.DataFrame
        One line per (group, score, factor): group, score, factor, n, tau, low, high, p, p_holm,
        p_bh, partial_n, partial_tau, partial_p, partial_p_holm, partial_p_bh, min_detectable_tau,
        method, interval, resamples, seed, reason. Columns are explained in docs/statistics.md.

    Raises
    ------
    InputError
        Naming a column that is missing or not numeric, or a row without a group.

    Examples
    --------
    >>> frame = pd.DataFrame({"gap": [1, 2, 3, 4, 5], "recall": [2, 1, 3, 5, 4]})
    >>> correlation_table(frame, ["gap"], ["recall"], resamples=99)[["group", "tau"]].values
    array([['all', 0.6]], dtype=object)
    """
    rows, against, confounders = list(rows), list(against), list(confounders)
    options = {"resamples": resamples, "confidence": confidence}
    _check(frame, [*rows, *against, *confounders], groups)
    parts = {"all": frame} if groups is None else dict(list(frame.groupby(groups, sort=False)))
    lines = []
    for group, part in parts.items():
        for score in against:
            for factor in rows:
                names = {"group": group, "score": score, "factor": factor}
                line_seed = derived_seed(seed, *map(str, names.values()))
                line = _line(part, factor, score, confounders, seed=line_seed, **options)
                lines.append(names | line)
    return corrected(pd.DataFrame(lines, columns=[*COLUMNS]))


COLUMNS = (
    *("group", "score", "factor", "n", "tau", "low", "high", "p", "p_holm", "p_bh"),
    *("partial_n", "partial_tau", "partial_p", "partial_p_holm", "partial_p_bh"),
    *("min_detectable_tau", "method", "interval", "resamples", "seed", "reason"),
)


def derived_seed(seed: int, *names: str) -> int:
    """A 32-bit seed that depends on `seed` and the names alone, not on what else is computed."""
    digest = hashlib.sha256("\0".join([str(seed), *names]).encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _line(
    frame: pd.DataFrame,
    factor: str,
    score: str,
    confounders: list[str],
    *,
    resamples: int,
    seed: int,
    confidence: float,
) -> dict:
    complete = frame[[factor, score]].dropna() if factor != score else frame[[factor]].dropna()
    drawing = {"resamples": resamples, "seed": seed}
    plain = kendall(complete[factor], complete[score], confidence=confidence, **drawing)
    line = plain.row() | {"min_detectable_tau": minimum_detectable_tau(plain.n)}
    others = [name for name in confounders if name not in (factor, score)]
    if others:
        complete = frame.loc[complete.index].dropna(subset=others)
        partial = partial_kendall(
            complete[factor],
            complete[score],
            {name: complete[name] for name in others},
            **drawing,
        )
        line |= {"partial_n": partial.n, "partial_tau": partial.tau, "partial_p": partial.p}
        reasons = [plain.reason, partial.reason and f"partial: {partial.reason}"]
        line["reason"] = "; ".join(filter(None, reasons))
    return line


def corrected(table: pd.DataFrame) -> pd.DataFrame:
    """The table with p_holm, p_bh and their partial counterparts over all of its lines."""
    table = table.copy()
    for p in ("p", "partial_p"):
        values = table[p].to_numpy(dtype=np.float64)
        table[f"{p}_holm"], table[f"{p}_bh"] = holm(values), benjamini_hochberg(values)
    numbers = ["partial_n", "partial_tau", "partial_p"]
    return table.astype(dict.fromkeys(numbers, "float64")).astype({"partial_n": "Int64"})


def _check(frame: pd.DataFrame, columns: list[str], groups: str | None) -> None:
    named = columns if groups is None else [*columns, groups]
    missing = [name for name in named if name not in frame.columns]
    if missing:
        raise InputError(f"frame: no column {missing}; it has {list(frame.columns)}")
    if not frame.columns.is_unique or not frame.index.is_unique:
        raise InputError("frame: a column name or a row label occurs twice; make them unique")
    for name in columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise InputError(f"frame: column {name!r} is {frame[name].dtype}, expected numbers")
    if groups is not None and frame[groups].isna().any():
        row = frame.index[frame[groups].isna()][0]
        raise InputError(f"frame: row {row!r} has no {groups!r}; give it one or leave the row out")
