"""Estimates with intervals, out of the rows that a claim's quantity selects."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from modgap.claims.selector import COMPARISONS, Selector, select
from modgap.errors import InputError
from modgap.stats import kendall, mean_interval

NAN = float("nan")


def _no_p(bound: float) -> float:
    return NAN


@dataclass(frozen=True)
class Estimate:
    """One number of a claim.

    `name`: which row or group it is of; `low`, `high`: its interval, NaN if it has none; `n`:
    models or seeds that it rests on; `seeds`: different seeds among its rows (0: no such column);
    `p_against(bound)`: the two-sided p that the true value is `bound`, NaN where none is known.
    """

    name: str
    value: float
    low: float = NAN
    high: float = NAN
    n: int = 1
    seeds: int = 0
    p_against: Callable[[float], float] = _no_p

    def __str__(self) -> str:
        interval = "" if math.isnan(self.low) else f" [{self.low:.3g}, {self.high:.3g}]"
        return f"{self.name or 'all'}: {self.value:.3g}{interval}, n = {self.n}"


def estimates(selector: Selector, frame: pd.DataFrame, confidence: float = 0.95) -> list[Estimate]:
    """The estimates that `selector` makes of an artifact's numbers, none if no row is left.

    Parameters
    ----------
    selector
        Of `modgap.claims.selector.parse_selector`.
    frame
        The artifact's .csv.
    confidence
        Of the intervals that are made here; those in the file are as the study made them.

    Returns
    -------
    list of Estimate
        One per group of `by`, or per row of a plain column; NaN, with n = 0 in a group, where the
        numbers are missing. A group that has but one side of a `difference` has none.

    Raises
    ------
    InputError
        For a column that is not there, holds text where numbers are needed, or several rows that
        disagree where one is expected.
    """
    rows = select(selector, frame)
    if rows.empty:
        return []
    rows = rows.assign(_number=_numbers(selector, rows))
    if not selector.function and not selector.across:
        return list(_plain_rows(selector, rows))
    groups = rows.groupby(list(selector.by), sort=False) if selector.by else [((), rows)]
    return [
        _of_group(selector, _label(key), part, confidence)
        for key, part in groups
        if _comparable(selector, part)
    ]


def _comparable(selector: Selector, rows: pd.DataFrame) -> bool:
    """Whether both sides of a difference are in this study."""
    if selector.function != "difference":
        return True
    column, *pair = selector.of
    return set(pair) <= set(rows[column].astype(str))


def _numbers(selector: Selector, rows: pd.DataFrame) -> pd.Series:
    names = [selector.column, *([selector.operand] if selector.operation in ("-", "/") else [])]
    if selector.over:
        names.append(selector.over)
    for name in names:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            raise InputError(f"column {name!r} holds text, expected numbers")
    first = rows[selector.column].astype(float)
    if selector.operation == "-":
        return first - rows[selector.operand]
    if selector.operation == "/":
        return first / rows[selector.operand].replace(0, NAN)
    return first


def _plain_rows(selector: Selector, rows: pd.DataFrame) -> Iterator[Estimate]:
    beside = {} if selector.operation else beside_columns(selector.column, rows)
    used = [*selector.by, "_number", *beside.values()]
    labels = list(selector.by) or _varying(rows)
    # Artifacts repeat a panel's value for each of its models.
    rows = rows.drop_duplicates(list(dict.fromkeys([*labels, *used])))
    if selector.by and rows.duplicated(list(selector.by)).any():
        raise InputError(
            f"{selector.column!r} has several values for one {', '.join(selector.by)}; name a "
            "function, or more columns after `by`"
        )
    for row in rows.to_dict("records"):
        low, high, p, n = (
            row[beside[x]] if x in beside else NAN for x in ("low", "high", "p", "n")
        )
        yield Estimate(
            ", ".join(str(row[name]) for name in labels),
            float(row["_number"]),
            float(low),
            float(high),
            1 if pd.isna(n) else int(n),
            int(_of_seeds(rows)),
            lambda bound, p=p: float(p) if bound == 0 else NAN,
        )


def beside_columns(column: str, rows: pd.DataFrame) -> dict[str, str]:
    """The columns with the interval, p and n of `column`, as artifacts name them."""
    prefix = "partial_" if column.startswith("partial_") else f"{column}_"
    plain = column in ("tau", "mean", "share", "difference") or (
        column == "value" and "mean" not in rows
    )
    options = {
        name: [f"{prefix}{name}", *([name] if plain else [])] for name in ("low", "high", "n")
    }
    # p as it is: the board corrects over all of its claims.
    options["p"] = [f"{prefix}p", *(["p"] if plain else [])]
    chosen = {name: [x for x in names if x in rows] for name, names in options.items()}
    return {name: names[0] for name, names in chosen.items() if names}


def _varying(rows: pd.DataFrame) -> list[str]:
    """The text columns that tell the rows apart, not those that say how a row was made."""
    own = [name for name in rows if name not in ("reason", "method", "interval", "paper_note")]
    text = [name for name in own if not pd.api.types.is_numeric_dtype(rows[name])]
    return [name for name in text if name != "model" and rows[name].nunique() > 1] or [
        name for name in text if name == "model"
    ]


def _label(key: object) -> str:
    return ", ".join(map(str, key if isinstance(key, tuple) else (key,)))


def _of_group(selector: Selector, name: str, rows: pd.DataFrame, confidence: float) -> Estimate:
    rows = rows.dropna(subset=["_number"])
    seeds = int(rows["seed"].nunique()) if _of_seeds(rows) else 0
    if rows.empty:
        return Estimate(name, NAN, n=0)
    if selector.across:
        units = rows.groupby(list(selector.across), sort=False)
        values = np.array([_summary(selector, part) for _, part in units])
        return _of_mean(name, values[~np.isnan(values)], seeds, confidence)
    values = rows["_number"].to_numpy(float)
    if selector.function == "mean":
        return _of_mean(name, values, seeds, confidence)
    if selector.function == "share":
        return _of_share(selector, name, values, seeds, confidence)
    if selector.function == "trend":
        tau = kendall(rows[selector.over], rows["_number"], confidence=confidence)
        limits = (tau.low, tau.high, tau.n, seeds)
        return Estimate(name, tau.tau, *limits, lambda bound: tau.p if bound == 0 else NAN)
    if selector.function == "difference":
        return _of_difference(selector, name, rows, seeds, confidence)
    return Estimate(name, _summary(selector, rows), n=_units(rows), seeds=seeds)


def _of_seeds(rows: pd.DataFrame) -> bool:
    """Whether rows are of models of several seeds; beside `resamples` the seed is theirs."""
    return "seed" in rows and "resamples" not in rows


def _units(rows: pd.DataFrame) -> int:
    return int(rows["model"].nunique()) if "model" in rows else 1


def _summary(selector: Selector, rows: pd.DataFrame) -> float:
    """One number of some rows; NaN where the function has none."""
    numbers = rows["_number"]
    if selector.function == "difference":
        column, *pair = selector.of
        first, second = (numbers[rows[column].astype(str) == value].mean() for value in pair)
        return float(first - second)
    if selector.function == "share":
        compared = COMPARISONS[selector.operation](numbers, float(selector.operand))
        return float(compared.mean())
    if selector.over:
        series = numbers.groupby(rows[selector.over]).mean().sort_index()
        first, last = float(series.iloc[0]), float(series.iloc[-1])
        if selector.function == "argmin":
            return float(series.idxmin())
        if selector.function == "trend":
            return kendall(rows[selector.over], numbers, resamples=99).tau
        if selector.function == "change":
            return last - first
        return last / first if first else NAN
    method = {"sum": "sum", "largest": "max", "smallest": "min"}.get(selector.function, "mean")
    return float(getattr(numbers, method)())


def _of_mean(name: str, values: np.ndarray, seeds: int, confidence: float) -> Estimate:
    if not len(values):
        return Estimate(name, NAN, n=0, seeds=seeds)
    mean = mean_interval(values, confidence)
    return Estimate(
        name, mean.value, mean.low, mean.high, mean.n, seeds, lambda x: _t_test(values, x)
    )


def _t_test(values: np.ndarray, bound: float) -> float:
    if len(values) < 2:
        return NAN
    if np.ptp(values) == 0:  # the statistic is infinite or 0/0
        return 1.0 if values[0] == bound else 0.0
    return float(stats.ttest_1samp(values, bound).pvalue)


def _of_share(
    selector: Selector, name: str, values: np.ndarray, seeds: int, confidence: float
) -> Estimate:
    hits = int(COMPARISONS[selector.operation](values, float(selector.operand)).sum())
    result = stats.binomtest(hits, len(values))
    low, high = result.proportion_ci(confidence, method="wilson")
    return Estimate(
        name,
        hits / len(values),
        low,
        high,
        len(values),
        seeds,
        lambda bound: float(stats.binomtest(hits, len(values), bound).pvalue),
    )


def _of_difference(
    selector: Selector, name: str, rows: pd.DataFrame, seeds: int, confidence: float
) -> Estimate:
    column, *pair = selector.of
    first, second = (
        rows.loc[rows[column].astype(str) == value, "_number"].to_numpy(float) for value in pair
    )
    n = min(len(first), len(second))
    if not n:
        return Estimate(name, NAN, n=0, seeds=seeds)
    value = float(first.mean() - second.mean())
    if n < 2 or np.ptp(first) + np.ptp(second) == 0:
        return Estimate(name, value, n=n, seeds=seeds)
    low, high = stats.ttest_ind(first, second, equal_var=False).confidence_interval(confidence)
    return Estimate(
        name,
        value,
        float(low),
        float(high),
        n,
        seeds,
        lambda bound: float(stats.ttest_ind(first - bound, second, equal_var=False).pvalue),
    )
