"""How much of a network's variance is its random weights'? (Mind the Gap, Theorem 2.)"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from modgap.errors import InputError, nearest
from modgap.simulate.depth import ACTIVATIONS, BIASES


def simulate(
    seed: int,
    activations: Sequence[str] = ("linear", "relu", "tanh", "sigmoid"),
    biases: Sequence[str] = tuple(BIASES),
    width: int = 256,
    inputs: int = 128,
    depths: Sequence[int] = (1, 2, 3, 5, 10, 15),
    repeats: int = 20,
) -> pd.DataFrame:
    """The variance of random networks, decomposed into that of weights and that of inputs.

    Liang et al., Mind the Gap (NeurIPS 2022), Theorem 2: with h = W U + b the pre-activations of a
    layer, U its inputs made unit length and Θ all weights and biases,
    Var[h] = E[Var[h | Θ]] + Var[E[h | Θ]], and Var[E[h | Θ]] / Var[h] ≥ β, the mean cosine of U.
    For weights of variance 1/width the share is (β + s)/(1 + s) exactly, s the variance of the bias
    over that of the weights; so the bound is tight without bias.

    Parameters
    ----------
    seed
        Of weights, biases and inputs, which all networks share.
    activations, biases
        As in `modgap.simulate.depth`.
    width, inputs, depths, repeats
        Units of a layer, inputs, the layers looked at, and networks.

    Returns
    -------
    One row per activation, bias and depth: `beta`, `variance` = `within` (inputs) + `between`
    (weights), each a mean over units and multiplied by the width, their `share` = between /
    variance, `exact` (β + s)/(1 + s), and `n` networks. E[h] = 0 is known, so no network is spent
    on it.

    Raises
    ------
    InputError
        For an unknown activation or bias, and a depth below 1.
    """
    for what, names, known in (
        ("activations", activations, ACTIVATIONS),
        ("biases", biases, BIASES),
    ):
        for name in names:
            if name not in known:
                raise InputError(f"{what}: {name!r} is not known; {nearest(name, known)}")
    if min(depths) < 1 or repeats < 1:
        raise InputError(f"depths {tuple(depths)}, repeats {repeats}: each at least 1")
    rows = []
    for activation in activations:
        for bias in biases:
            parts = _parts(seed, activation, bias, width, inputs, max(depths), repeats)
            for depth in depths:
                beta, within, between = parts[depth - 1]
                variance = within + between
                exact = (beta + BIASES[bias]) / (1 + BIASES[bias])
                share = between / variance
                rows.append(
                    (activation, bias, depth, beta, variance, within, between, share, exact)
                )
    names = ["activation", "bias", "depth", "beta", "variance", "within", "between", "share"]
    return pd.DataFrame(rows, columns=[*names, "exact"]).assign(n=repeats)


def _parts(
    seed: int, activation: str, bias: str, width: int, inputs: int, depth: int, repeats: int
) -> np.ndarray:
    """β, E[Var[h|Θ]] and Var[E[h|Θ]] of each layer, times the width, (depth, 3)."""
    rng = np.random.default_rng(seed)
    first = _unit(rng.standard_normal((inputs, width)))
    parts = np.zeros((depth, 3))
    for _ in range(repeats):
        cloud = first
        for layer in range(depth):
            hidden = cloud @ rng.standard_normal((width, width)) + _bias(rng, bias, width)
            centre, mean = cloud.mean(axis=0), hidden.mean(axis=0)
            parts[layer] += centre @ centre, hidden.var(axis=0).mean(), mean @ mean / width
            cloud = _unit(ACTIVATIONS[activation](hidden))
    return parts / repeats


def _bias(rng: np.random.Generator, bias: str, width: int) -> np.ndarray:
    """One bias per unit, √width times as large as in the network, as the weights are."""
    if bias == "default":
        return rng.uniform(-1, 1, width)
    return rng.standard_normal(width) * BIASES[bias] ** 0.5


def _unit(cloud: np.ndarray) -> np.ndarray:
    return cloud / np.linalg.norm(cloud, axis=1, keepdims=True)
