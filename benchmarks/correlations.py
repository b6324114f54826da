"""Statistics beside scipy in the same run, and their calibration at length, as Markdown tables.

Run: PYTHONPATH=workflow python benchmarks/correlations.py [--draws 4000]   (about ten minutes)
Not called statistics.py: that name would hide Python's own module from every script beside it.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from modgap.stats import kendall, kendall_partial_tau, minimum_detectable_tau, partial_kendall
from modgap.stats.kendall import independence_p

RESAMPLES = 9999


def normal_pair(rng: np.random.Generator, n: int, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """Bivariate normal: τ = (2/π)·arcsin ρ."""
    rho = np.sin(np.pi * tau / 2)
    x, noise = rng.normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * noise


def clayton_pair(rng: np.random.Generator, n: int, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """Clayton copula, dependent in the lower tail: τ = θ/(θ + 2)."""
    theta = 2 * tau / (1 - tau)
    u, v = rng.uniform(size=(2, n))
    return u, (u**-theta * (v ** (-theta / (1 + theta)) - 1) + 1) ** (-1 / theta)


def confounded(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, dict]:
    """x and y that share two confounders, one on a bent scale and one in steps, and no more."""
    first, second = rng.normal(size=(2, n))
    x, y = 0.8 * (first + second) / np.sqrt(2) + 0.6 * rng.normal(size=(2, n))
    return np.exp(x), y, {"size": first**3, "width": np.round(2 * second)}


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def speed() -> Iterator[str]:
    yield f"| n = 83, {RESAMPLES} resamples | ours, s | scipy, s | ratio |\n|---|--:|--:|--:|"
    for name, levels in (("without ties", 10**9), ("with ties", 12)):
        x, y = np.random.default_rng(0).integers(levels, size=(2, 83)).astype(float)

        def ours(x: np.ndarray = x, y: np.ndarray = y) -> object:
            return independence_p(x, y, RESAMPLES, np.random.default_rng(0))

        def scipys(x: np.ndarray = x, y: np.ndarray = y) -> object:
            return stats.permutation_test(
                (y,),
                lambda permuted: stats.kendalltau(x, permuted).statistic,
                permutation_type="pairings",
                n_resamples=RESAMPLES,
                rng=np.random.default_rng(0),
            )

        yield timed(f"permutation p, {name}", ours, scipys)
        yield timed(
            f"permutation p and interval, {name} (scipy: p only)",
            lambda x=x, y=y: kendall(x, y, resamples=RESAMPLES),
            scipys,
        )


def timed(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> str:
    """Median of three turns, one after the other in each."""
    ours()
    turns = [(seconds(ours), seconds(theirs)) for _ in range(3)]
    own, other = (statistics.median(column) for column in zip(*turns, strict=True))
    ratio = statistics.median(b / a for a, b in turns)
    return f"| {name} | {own:.3f} | {other:.2f} | {ratio:.0f} |"


def uniformity(draws: int) -> Iterator[str]:
    yield f"| p under the null, {draws} draws | KS p | p ≤ 0.01 | p ≤ 0.05 |\n|---|--:|--:|--:|"
    rng = np.random.default_rng(1)
    for name, n, levels in (("n = 83", 83, 10**9), ("n = 83, 12 levels", 83, 12)):
        pairs = (rng.integers(levels, size=(2, n)).astype(float) for _ in range(draws))
        p = np.array([independence_p(x, y, 999, rng)[0] for x, y in pairs])
        ks = stats.kstest(p, "uniform").pvalue
        yield f"| {name} | {ks:.2f} | {np.mean(p <= 0.01):.4f} | {np.mean(p <= 0.05):.4f} |"


def coverage(draws: int) -> Iterator[str]:
    yield f"| 95 % interval, {draws} draws | n | τ | covered, % |\n|---|--:|--:|--:|"
    for name, pair, taus in (
        ("normal", normal_pair, (0.0, 0.2, 0.4, 0.6, 0.8)),
        ("Clayton", clayton_pair, (0.3, 0.6)),
    ):
        for n in (10, 20, 83):
            for tau in taus:
                rng = np.random.default_rng([n, int(10 * tau)])
                covered = np.array([_covers(pair(rng, n, tau), tau, rng) for _ in range(draws)])
                yield f"| {name} | {n} | {tau} | {100 * covered.mean():.1f} |"


def _covers(pair: tuple[np.ndarray, np.ndarray], tau: float, rng: np.random.Generator) -> bool:
    result = kendall(*pair, resamples=999, seed=int(rng.integers(2**32)))
    return result.low <= tau <= result.high


def partial(draws: int) -> Iterator[str]:
    yield (
        f"| x, y share two confounders, {draws} draws | partial p ≤ 0.05 | mean partial τ "
        "| mean Kendall 1942 | plain p ≤ 0.05 |\n|---|--:|--:|--:|--:|"
    )
    for n in (12, 20, 40, 83):
        rng = np.random.default_rng(n)
        cases = [confounded(rng, n) for _ in range(draws)]
        ours = [partial_kendall(*case, resamples=399, seed=i) for i, case in enumerate(cases)]
        plain = [kendall(x, y, resamples=99).p <= 0.05 for x, y, _ in cases[:500]]
        old = np.mean([kendall_partial_tau(*case) for case in cases[:500]])
        rejected, tau = np.mean([r.p <= 0.05 for r in ours]), np.mean([r.tau for r in ours])
        yield f"| n = {n} | {rejected:.3f} | {tau:.3f} | {old:.3f} | {np.mean(plain):.3f} |"


def power(draws: int) -> Iterator[str]:
    yield f"| minimum detectable τ, {draws} draws | τ | rejected |\n|---|--:|--:|"
    for n in (5, 7, 9, 10, 15, 20, 40, 83, 115):
        tau, rng = minimum_detectable_tau(n), np.random.default_rng(n)
        pairs = (normal_pair(rng, n, tau) for _ in range(draws))
        rejected = np.mean([stats.kendalltau(*pair).pvalue <= 0.05 for pair in pairs])
        yield f"| n = {n} | {tau:.3f} | {rejected:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4000)
    draws = parser.parse_args().draws
    for table in (speed(), power(draws), partial(draws), uniformity(draws), coverage(draws)):
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
