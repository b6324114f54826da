"""How narrow the cone of a random network is, layer by layer (Mind the Gap, Fig. 2b).

Liang et al., Mind the Gap (NeurIPS 2022), section 2.2; the exact recursion is that of the
arc-cosine kernel (Cho & Saul, Kernel Methods for Deep Learning, NeurIPS 2009, eq. 6).
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.special import erf, expit, ndtr

from modgap.errors import InputError, nearest

# The linear maps of a unit of maxout (Goodfellow et al., ICML 2013).
_PIECES = 2
# Added to the squared lengths, relatively: outputs that point the same way have a singular Gram
# matrix. No cosine moves by more than this.
_JITTER = 1e-9


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.maximum(x, np.float32(0.01) * x),
    "gelu": lambda x: x * (1 + erf(x * np.float32(0.5**0.5))) / 2,
    "quick_gelu": lambda x: x * expit(np.float32(1.702) * x),
    "elu": _elu,
    "tanh": np.tanh,
    "sigmoid": expit,
    "maxout": lambda x: x.reshape(len(x), _PIECES, -1, x.shape[2]).max(axis=1),
}
# Variance of a bias times the width: N(0, 1/width), and uniform within ±1/√width as in PyTorch.
BIASES = {"normal": 1.0, "default": 1 / 3, "none": 0.0}


def simulate(
    seed: int,
    activations: Sequence[str] = tuple(ACTIVATIONS),
    biases: Sequence[str] = tuple(BIASES),
    width: int = 512,
    inputs: int = 16,
    depth: int = 25,
    repeats: int = 400,
) -> pd.DataFrame:
    """Mean cosine of the outputs of random networks after each layer.

    A layer is a linear map and an activation; its weights are N(0, 1/`width`), the inputs standard
    normal. One network scatters by ±0.02, so many are drawn, each seen at few inputs: see `layers`.

    Parameters
    ----------
    seed
        Of weights, biases and inputs.
    activations, biases
        Names in `ACTIVATIONS` and `BIASES`: "normal" is N(0, 1/`width`), "default" what PyTorch
        draws by itself, "none" no bias.
    width, inputs, depth, repeats
        Units of a layer, inputs of a network (2 to `width`), layers, networks (at least 2).

    Returns
    -------
    One row per activation, bias and depth 0…`depth`: `mean_cosine` (over all pairs of different
    inputs and all networks; a mean that also counts each input with itself, as the published one
    over 1,024 inputs does, is larger by (1 − mean)/1024), `sd` of it between networks, `n`
    networks, and `expected`, the exact value for infinite width (ReLU only, else NaN).

    Raises
    ------
    InputError
        For an unknown activation or bias, and a number out of range.
    """
    _check(activations, ACTIVATIONS, "activations")
    _check(biases, BIASES, "biases")
    if min(width, depth) < 1 or repeats < 2 or not 2 <= inputs <= width:
        raise InputError(
            f"width {width}, depth {depth}, repeats {repeats}, inputs {inputs}: expected a width "
            "and depth of at least 1, at least 2 repeats, and 2 to width inputs"
        )
    rows = []
    for activation in activations:
        for bias in biases:
            rng = np.random.default_rng(seed)
            exact = np.full(depth + 1, np.nan)
            if activation == "relu":
                exact = relu_recursion(bias, width, depth)
            outputs = layers(rng, activation, bias, width, inputs, depth, repeats)
            for layer, gram in enumerate(outputs):
                means = _mean_cosines(gram)
                mean, spread = float(means.mean()), float(means.std(ddof=1))
                rows.append((activation, bias, layer, mean, spread, repeats, exact[layer]))
    names = ["activation", "bias", "depth", "mean_cosine", "sd", "n", "expected"]
    return pd.DataFrame(rows, columns=names)


def layers(
    rng: np.random.Generator,
    activation: str,
    bias: str,
    width: int,
    inputs: int,
    depth: int,
    repeats: int,
) -> Iterator[np.ndarray]:
    """Yield the inner products of the inputs, then those of each layer's outputs, over the width.

    Shape (repeats, inputs, inputs). Weights are never drawn: with outputs H = QR, Q orthonormal,
    W H = (W Q) R, and W Q is as Gaussian as W, only of `inputs` columns. So the networks are those
    of fully drawn weights in law, at a cost of width × inputs instead of width² numbers a layer.
    """
    units = width * (_PIECES if activation == "maxout" else 1)
    gram = _gram(rng.standard_normal((repeats, width, inputs), dtype=np.float32))
    yield gram
    for _ in range(depth):
        gaussian = rng.standard_normal((repeats, units, inputs), dtype=np.float32)
        gaussian = gaussian @ _root(gram).astype(np.float32)
        gaussian += _draw_bias(rng, bias, (repeats, units, 1), width)
        gram = _gram(ACTIVATIONS[activation](gaussian))
        yield gram


def relu_recursion(bias: str, width: int = 512, depth: int = 25) -> np.ndarray:
    """Cosine of two orthogonal inputs after 0…`depth` ReLU layers of infinite width.

    With q the squared length and k the inner product of two outputs, both over `width`, the
    pre-activations of a unit are Gaussian with variance Q = q + β and covariance K = k + β, β the
    variance of the bias; then q′ = Q/2 and k′ = Q (√(1 − ρ²) + (π − arccos ρ) ρ) / 2π, ρ = K/Q. A
    uniform bias is taken for a normal one of its variance, which moves no value by 0.0002.

    >>> relu_recursion("none", depth=1).round(4).tolist()
    [0.0, 0.3183]
    """
    squared, inner, cosines = 1.0, 0.0, [0.0]
    variance = BIASES[bias] / width
    for _ in range(depth):
        squared, inner = squared + variance, inner + variance
        cosine = min(inner / squared, 1.0)
        grown = np.sqrt(1 - cosine**2) + (np.pi - np.arccos(cosine)) * cosine
        squared, inner = squared / 2, squared * grown / (2 * np.pi)
        cosines.append(inner / squared)
    return np.array(cosines)


def _gram(outputs: np.ndarray) -> np.ndarray:
    """Inner products of the columns, over the width: (repeats, inputs, inputs) float64."""
    outputs = outputs.astype(np.float64)  # float32 would leave near-parallel ones indefinite
    return outputs.transpose(0, 2, 1) @ outputs / outputs.shape[1]


def _root(gram: np.ndarray) -> np.ndarray:
    """R with RᵀR = gram."""
    squares = np.einsum("rii->ri", gram)
    lengths = np.sqrt(squares)
    cosines = gram / lengths[:, :, None] / lengths[:, None, :]
    lower = np.linalg.cholesky(cosines + _JITTER * np.eye(gram.shape[1]))
    return lower.transpose(0, 2, 1) * lengths[:, None, :]


def _mean_cosines(gram: np.ndarray) -> np.ndarray:
    """Per network, the mean cosine over all pairs of different inputs."""
    lengths = np.sqrt(np.einsum("rii->ri", gram))
    cosines = gram / lengths[:, :, None] / lengths[:, None, :]
    inputs = gram.shape[1]
    return (cosines.sum(axis=(1, 2)) - inputs) / (inputs * (inputs - 1))


def _draw_bias(rng: np.random.Generator, bias: str, shape: tuple, width: int) -> np.ndarray:
    """Drawn for every kind alike, so that networks of one seed differ in nothing else."""
    drawn = rng.standard_normal(shape, dtype=np.float32)
    if bias == "none":
        return np.zeros_like(drawn)
    if bias == "default":
        drawn = 2 * ndtr(drawn) - 1
    return (drawn / width**0.5).astype(np.float32)


def _check(names: Sequence[str], known: dict, what: str) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"{what}: {name!r} is not known; {nearest(name, known)}")
