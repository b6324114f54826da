"""Corrections of p for the number of tests in a table."""

from typing import Any

import numpy as np
from scipy import stats

from modgap.errors import InputError


def holm(p: Any) -> np.ndarray:
    """Holm's step-down correction.

    Controls the chance of even one false finding among all tests, whatever their dependence.

    Parameters
    ----------
    p
        p-values in [0, 1], any shape; NaN is no test, stays NaN and is not counted.

    Returns
    -------
    numpy.ndarray
        The corrected p, in [0, 1], in the shape of `p`.

    Raises
    ------
    InputError
        For a number outside [0, 1].

    References
    ----------
    Holm, A Simple Sequentially Rejective Multiple Test Procedure (Scand. J. Statist. 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests  # half a second to import

    p, tested = _tested(p)
    if tested.any():
        p[tested] = multipletests(p[tested], method="holm")[1]
    return p


def benjamini_hochberg(p: Any) -> np.ndarray:
    """Benjamini and Hochberg's step-up correction.

    Controls the expected share of false findings among the findings, for independent or positively
    dependent tests.

    Parameters
    ----------
    p
        As in `holm`.

    Returns
    -------
    numpy.ndarray
        As of `holm`.

    Raises
    ------
    InputError
        As `holm`.

    References
    ----------
    Benjamini and Hochberg, Controlling the False Discovery Rate (J. R. Statist. Soc. B 1995).

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.04, 0.04]
    """
    p, tested = _tested(p)
    if tested.any():
        p[tested] = stats.false_discovery_control(p[tested])
    return p


def _tested(p: Any) -> tuple[np.ndarray, np.ndarray]:
    """A copy of `p`, and where it holds a p-value."""
    p = np.array(p, dtype=np.float64)
    tested = ~np.isnan(p)
    outside = tested & ~((p >= 0) & (p <= 1))
    if outside.any():
        raise InputError(
            f"p: {p[outside].flat[0]} is no p-value; expected numbers in [0, 1] or NaN"
        )
    return p, tested
