"""Corrections of p for the number of tests in a table."""

from typing import Any

import numpy as np
from scipy import stats

from modgap.errors import InputError


def holm(p: Any) -> np.ndarray:
    """Holm's step-down correction (Holm 1979), any shape; NaN stays NaN and is not counted.

    Controls the chance of even one false finding among all tests, whatever their dependence.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p, tested = _tested(p)
    values = p[tested]
    order = np.argsort(values)
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(stepped, 1)
    p[tested] = corrected
    return p


def benjamini_hochberg(p: Any) -> np.ndarray:
    """Benjamini and Hochberg's correction (1995), any shape; NaN stays NaN and is not counted.

    Controls the expected share of false findings among the findings, for independent or positively
    dependent tests.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.04, 0.04]
    """
    p, tested = _tested(p)
    if tested.any():
        p[tested] = stats.false_discovery_control(p[tested])
    return p


def _tested(p: Any) -> tuple[np.ndarray, np.ndarray]:
    p = np.array(p, dtype=np.float64)
    tested = ~np.isnan(p)
    outside = tested & ~((p >= 0) & (p <= 1))
    if outside.any():
        raise InputError(
            f"p: {p[outside].flat[0]} is no p-value; expected numbers in [0, 1] or NaN"
        )
    return p, tested
