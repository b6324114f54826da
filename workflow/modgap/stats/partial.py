"""Kendall's τ of two variables with confounders held still, and its permutation test.

Why not Kendall's own partial τ (`kendall_partial_tau`): it is not zero when x and y depend on each
other through the confounder alone (bivariate normal, correlations 0.8 with the confounder: 0.14),
so a test of it finds what is not there. What is used instead is defined in `partial_kendall`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from modgap.stats.bootstrap import batches
from modgap.stats.checks import check_resampling, same_length, vector
from modgap.stats.kendall import signs, tau_b, two_sided, undefined

LEAST_FREEDOM = 3  # rows beyond what the constant and the confounders use up


@dataclass(frozen=True)
class PartialResult:
    """Partial τ with its p.

    Attributes
    ----------
    n : int
        Rows.
    tau : float
        τ-b of what the confounders leave, in [−1, 1].
    p : float
        Two-sided permutation p.
    confounders : tuple of str
        Their names, as given.
    resamples, seed : int
        As given.
    reason : str
        Why tau and p are NaN, or which confounder was redundant; else empty.
    """

    n: int
    tau: float
    p: float
    confounders: tuple[str, ...]
    resamples: int
    seed: int
    reason: str = ""


def partial_kendall(
    x: Any,
    y: Any,
    confounders: Mapping[str, Any],
    *,
    resamples: int = 9999,
    seed: int = 0,
) -> PartialResult:
    """τ-b of what the confounders leave of x and y, with a permutation p.

    Each variable becomes the normal scores of its ranks, Φ⁻¹((rank − ½)/n); x and y are regressed
    on the confounders' scores; τ-b is that of the two residuals. It is zero for variables that are
    normal after monotone changes of scale and depend on each other through the confounders alone. A
    confounder whose effect is not monotone is not held still.

    p: residuals of x are permuted, put through the same regression again, and τ-b taken with those
    of y: without the second regression the null is too narrow by the confounders' degrees of
    freedom. Two-sided, (count + 1)/(resamples + 1). Approximate, not exact.

    Parameters
    ----------
    x, y
        (n,) finite numbers each.
    confounders
        Name → (n,) finite numbers. One that is constant or a combination of others changes nothing
        and is named in `reason`.
    resamples
        Permutations; at least 99.
    seed
        The result repeats with it.

    Returns
    -------
    PartialResult
        NaN with a reason where x or y is constant, where the confounders determine it, or where
        fewer than 3 degrees of freedom are left.

    Raises
    ------
    InputError
        As `kendall`.

    References
    ----------
    Freedman and Lane, A Nonstochastic Interpretation of Reported Significance Levels (J. Bus. Econ.
    Statist. 1983).

    Examples
    --------
    >>> size = np.arange(40.0)
    >>> x, y = size + 9 * np.sin(size), size + 9 * np.cos(size)
    >>> round(partial_kendall(x, y, {"size": size}).tau, 2)
    0.07
    """
    check_resampling(resamples, 0.95)
    x, y = vector("x", x), vector("y", y)
    given = {str(name): vector(f"confounder {name}", z) for name, z in confounders.items()}
    same_length(x=x, y=y, **given)
    names = tuple(given)
    reason = undefined(x, y)
    if not reason:
        basis, redundant = _basis(given, len(x))
        reason = _too_little_left(x, y, basis)
    if reason:
        return PartialResult(len(x), np.nan, np.nan, names, resamples, seed, reason)
    left_of_x, left_of_y = _residual(normal_scores(x), basis), _residual(normal_scores(y), basis)
    p = _freedman_lane(left_of_x, left_of_y, basis, resamples, seed)
    note = f"redundant confounder: {', '.join(redundant)}" if redundant else ""
    return PartialResult(
        len(x), _rounded_tau(left_of_x, left_of_y), p, names, resamples, seed, note
    )


def kendall_partial_tau(x: Any, y: Any, confounders: Mapping[str, Any]) -> float:
    """Kendall's own partial τ, for comparison with published values only (see this module).

    For several confounders from the inverse P of the matrix of pairwise τ-b,
    −P_xy / sqrt(P_xx·P_yy), as R's ppcor does.

    Parameters
    ----------
    x, y, confounders
        As in `partial_kendall`.

    Returns
    -------
    float
        In [−1, 1]; NaN where that matrix is singular.

    Raises
    ------
    InputError
        As `kendall`.

    References
    ----------
    Kendall, Partial Rank Correlation (Biometrika 1942).

    Examples
    --------
    >>> round(kendall_partial_tau([1, 2, 3, 4], [1, 2, 4, 3], {"z": [2, 1, 3, 4]}), 3)
    0.632
    """
    columns = [vector("x", x), vector("y", y)]
    columns += [vector(f"confounder {name}", z) for name, z in confounders.items()]
    same_length(**{f"column {i}": column for i, column in enumerate(columns)})
    matrix = np.array([[tau_b(a, b) for b in columns] for a in columns])
    if not np.isfinite(matrix).all() or np.linalg.matrix_rank(matrix) < len(matrix):
        return float("nan")
    inverse = np.linalg.inv(matrix)
    return float(-inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1]))


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Φ⁻¹((rank − ½)/n), mid-ranks for ties: normal whatever the scale of `values`."""
    return stats.norm.ppf((stats.rankdata(values) - 0.5) / len(values))


def _basis(confounders: Mapping[str, np.ndarray], n: int) -> tuple[np.ndarray, list[str]]:
    """Orthonormal columns spanning the constant and the confounders' scores; redundant names."""
    basis = np.full((n, 1), n**-0.5)
    redundant = []
    for name, values in confounders.items():
        scores = normal_scores(values)
        left = _residual(_residual(scores, basis), basis)  # twice: once loses digits
        if _nothing_left(left, scores):
            redundant.append(name)
        else:
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
    return basis, redundant


def _residual(values: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """`values` (…, n) without its part along the columns of `basis`."""
    return values - (values @ basis) @ basis.T


def _nothing_left(left: np.ndarray, scores: np.ndarray) -> bool:
    return bool(np.linalg.norm(left) <= 1e-8 * max(np.linalg.norm(scores), 1e-300))


def _too_little_left(x: np.ndarray, y: np.ndarray, basis: np.ndarray) -> str:
    n, used = basis.shape
    if n - used < LEAST_FREEDOM:
        return f"{n} rows are too few for {used - 1} confounders"
    for name, values in (("x", x), ("y", y)):
        scores = normal_scores(values)
        if _nothing_left(_residual(scores, basis), scores):
            return f"{name} is determined by the confounders"
    return ""


def _freedman_lane(
    left_of_x: np.ndarray, left_of_y: np.ndarray, basis: np.ndarray, resamples: int, seed: int
) -> float:
    rng = np.random.default_rng(seed)
    n = len(left_of_x)
    null = []
    for size in batches(resamples, n):
        permuted = rng.permuted(np.tile(left_of_x, (size, 1)), axis=1)
        null.append(_sums_over_root(_residual(permuted, basis), left_of_y))
    observed = _sums_over_root(left_of_x[None, :], left_of_y)[0]
    # Equal sums over equal roots may differ in the last bits; a step of τ is far wider.
    return two_sided(np.round(np.concatenate(null), 6), round(float(observed), 6), added=1)


def _sums_over_root(rows: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """τ-b of each row of `rows` (R, n) with `fixed` (n,), up to the constant factor of `fixed`.

    float32 makes residuals tie that differ in rounding only; the sums stay whole and exact.
    """
    rows, fixed_signs = rows.astype(np.float32), signs(fixed.astype(np.float32))
    sums, untied = np.zeros(len(rows)), np.zeros(len(rows))
    for i in range(rows.shape[1] - 1):
        ordered = np.sign(rows[:, i, None] - rows[:, i + 1 :])
        sums += ordered @ fixed_signs[i, i + 1 :]
        untied += np.einsum("rn,rn->r", ordered, ordered)
    return np.divide(sums, np.sqrt(untied), out=np.zeros(len(rows)), where=untied > 0)


def _rounded_tau(x: np.ndarray, y: np.ndarray) -> float:
    return tau_b(x.astype(np.float32), y.astype(np.float32))
