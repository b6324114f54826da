"""Artifacts' numbers made up so that a claim's estimates are what a test wants them to be."""

import numpy as np
import pandas as pd

from modgap.claims.selector import Condition, Selector

UNITS = 24


def _values_that_meet(condition: Condition) -> list:
    """Two values of a column that meet a condition."""
    if condition.same_as:
        return ["same"]
    text = condition.values[0]
    try:
        top, slash, bottom = text.partition("/")
        number = float(top) / float(bottom) if slash else float(text)
    except ValueError:
        return ["something else"] if condition.comparison == "!=" else [text]
    far = max(1.0, abs(number))
    if condition.comparison in ("<", "<="):
        return [number - 2 * far, number - far / 2]
    if condition.comparison in (">", ">="):
        return [number + far / 2, number + 2 * far]
    return [number + far] if condition.comparison == "!=" else [number]


def _constant(selector: Selector) -> dict:
    row = {}
    for condition in selector.where:
        value = _values_that_meet(condition)[0]
        row[condition.column] = value
        if condition.same_as:
            row[condition.same_as] = value
    if selector.operation in ("-", "/"):
        row[selector.operand] = 0.0 if selector.operation == "-" else 1.0
    return row


def _group_name(selector: Selector, column: str, number: int) -> object:
    allowed = [_values_that_meet(x) for x in selector.where if x.column == column]
    return allowed[0][number % len(allowed[0])] if allowed else f"group {number}"


def _group(selector: Selector, value: float, spread: float, units: int) -> list[dict]:
    """Rows of one group whose estimate is `value`, spread over `units`."""
    steps = np.linspace(-spread, spread, units) if units > 1 else np.zeros(1)
    column, function = selector.column, selector.function
    if selector.over:
        places = next(
            (_values_that_meet(x) for x in selector.where if x.column == selector.over), [0.0, 1.0]
        )
        places = sorted([*places, places[0] + 1][:2])
    if not function:
        beside = {"low": value - spread, "high": value + spread, "n": units, "p": 1e-9}
        if spread > 1:
            beside["p"] = 0.9
        partial = {f"partial_{name}": beside[name] for name in ("n", "p")}
        own = {f"{column}_{name}": beside[name] for name in ("low", "high", "n")}
        return [{column: value, **beside, **partial, **own}]
    if function == "share":
        below = selector.operation.startswith("<")
        hits = min(units, max(0, round(value * units)))
        bound = float(selector.operand)
        signs = [-1] * hits + [1] * (units - hits)
        return [{column: bound + (sign if below else -sign)} for sign in signs]
    if function == "trend":
        rng, order = np.random.default_rng(0), np.arange(units, dtype=float)
        values = order * np.sign(value) if value and spread <= 1 else rng.permutation(order)
        base = max(places)
        return [{selector.over: base + i, column: v} for i, v in zip(order, values, strict=True)]
    rows = []
    for step in steps:
        goal = value + step
        if function in ("ratio", "change"):
            first = 1.0 if function == "ratio" else 0.0
            low, high = places
            rows += [{selector.over: low, column: first}, {selector.over: high, column: goal}]
        elif function == "argmin":
            rows += [{selector.over: goal, column: 0.0}, {selector.over: goal + 9, column: 1.0}]
        elif function == "difference":
            name, first, second = selector.of
            rows += [{name: first, column: goal}, {name: second, column: 0.0}]
        else:  # mean, sum, largest, smallest
            rows.append({column: goal})
    per_unit = len(rows) // len(steps)
    for i, row in enumerate(rows):
        row |= dict.fromkeys(selector.across, f"unit {i // per_unit}")
    return rows


def claim_frame(selector: Selector, targets: list[tuple[float, float, int]]) -> pd.DataFrame:
    """Numbers of an artifact with one group of rows per target (value, spread, units)."""
    rows = []
    for i, (value, spread, units) in enumerate(targets):
        single = not selector.across and selector.function not in (
            *("mean", "share", "trend", "difference"),
        )
        made = _group(selector, value, spread, 1 if single and selector.function else units)
        group = _constant(selector) | {name: _group_name(selector, name, i) for name in selector.by}
        for row in made:
            full = {"row_name": f"row {i}", **group, **row}
            same = {x.column: full[x.same_as] for x in selector.where if x.same_as}
            rows.append(full | same)
    return pd.DataFrame(rows)
