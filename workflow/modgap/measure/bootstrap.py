"""Bootstrap over images by weights: what each metric is when images count several times or never.

Captions go with their image. A pair made of an item and its own copy is left out of every
intra-modal mean, or a resample would look more collapsed than the data.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np

from modgap.measure.inputs import Inputs
from modgap.metrics.bias import separation
from modgap.metrics.intervals import resampled_weights
from modgap.runtime.progress import Progress

_log = logging.getLogger(__name__)

Key = tuple[str, str]
# The share of resamples that may leave a value undefined.
_UNDEFINED = 0.05
# Mean dissimilarities that sums in float32 cannot tell from zero.
_ROUNDING = 1e-6
Part = Callable[[np.ndarray], dict[Key, np.ndarray]]


def bootstrap(
    items: int, parts: Iterable[Part], *, resamples: int, seed: int, confidence: float
) -> dict[Key, tuple[float, float]]:
    """Percentile interval of everything that the `parts` compute from weights (r, items).

    A resample may leave a value undefined: one item drawn over and over has no pair of different
    items. Such resamples are left out; a value that too many leave undefined gets no interval.
    """
    parts, values = list(parts), defaultdict(list)
    progress = Progress(resamples, "resamples", brief=False)
    for weights in resampled_weights(items, resamples, seed):
        with np.errstate(divide="ignore", invalid="ignore"):
            for part in parts:
                for key, drawn in part(weights).items():
                    values[key].append(drawn)
        progress.add(len(weights))
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    bounds, without = {}, []
    for key, drawn in values.items():
        drawn = np.concatenate(drawn)
        defined = drawn[np.isfinite(drawn)]
        if len(defined) < (1 - _UNDEFINED) * len(drawn):
            without.append(" ".join(key))
        else:
            bounds[key] = tuple(np.quantile(defined, tails))
    if without:
        text = "no interval for %s: among %d images too many resamples leave it undefined"
        _log.warning(text, ", ".join(without), items)
    return bounds


def text_weights(inputs: Inputs, weights: np.ndarray) -> np.ndarray:
    """Weights of texts: a caption's is its image's, class prompts are not resampled."""
    owner = _owner(inputs)
    return np.where(owner >= 0, weights[:, owner], np.float32(1))


def _owner(inputs: Inputs) -> np.ndarray:
    """The image that each text is drawn with: its first one, −1 without any."""
    owner = np.full(len(inputs.texts), -1)
    if inputs.captions:
        owner[inputs.pairs[::-1, 1]] = inputs.pairs[::-1, 0]
    return owner


def gap_part(inputs: Inputs, cosines: np.ndarray) -> Part:
    """L2M, L2I, RMG and the mean cosines under weights; `cosines` (P,) of the pairs."""
    image, text = inputs.pairs.T
    x, y = inputs.images, inputs.texts
    # One column each: cosine, distance and count of the pairs of an image.
    columns = np.column_stack([cosines, np.sqrt(2 * (1 - cosines).clip(0)), np.ones(len(cosines))])
    by_image = np.zeros((len(x), 3))
    np.add.at(by_image, image, columns)
    by_image = by_image.astype(np.float32)
    noise = _noise_of_centres(inputs)

    def part(weights: np.ndarray) -> dict[Key, np.ndarray]:
        other = text_weights(inputs, weights)
        sum_x, sum_y = weights @ x, other @ y
        n, m = weights.sum(1), other.sum(1)
        cosine, distance, count = (weights @ by_image).T.astype(np.float64)
        joint = weights[:, image] * other[:, text]
        between = (1 - cosine / count) / 2
        intra = (_intra(sum_x, n, weights) + _intra(sum_y, m, other)) / 2
        cross = np.einsum("ij,ij->i", sum_x, sum_y, dtype=np.float64) - joint @ cosines
        apart = cross / (n * m - joint.sum(1))
        values = {
            "l2m": np.sqrt((_squares(sum_x / n[:, None] - sum_y / m[:, None]) - noise).clip(0)),
            "l2i": distance / count,
            "rmg": _ratio(between, intra),
            "cosine_pairs": cosine / count,
            "alignment": 2 - 2 * cosine / count,
            "cosine_non_pairs": apart,
            "cosine_shift": 1 - 2 * intra - apart,
        }
        return {(name, "both"): value for name, value in values.items()}

    return part


def _ratio(between: np.ndarray, intra: np.ndarray) -> np.ndarray:
    """RMG; NaN where all rows are one point, and both are rounding errors of float32."""
    between = between.clip(0)
    total = between + intra.clip(0)
    undefined = np.full_like(total, np.nan)
    return np.divide(between, total, out=undefined, where=total > _ROUNDING)


def _noise_of_centres(inputs: Inputs) -> float:
    """Expected squared distance by which drawing moves the difference of the centres.

    A squared length grows by it on average: left in, a small L2M would lie below its own interval.
    """
    x, y, owner = inputs.images, inputs.texts, _owner(inputs)
    moves = (x - x.mean(axis=0)) / len(x)
    drawn = np.flatnonzero(owner >= 0)
    np.subtract.at(moves, owner[drawn], (y[drawn] - y.mean(axis=0)) / len(y))
    return float(_squares(moves).sum())


def _squares(rows: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", rows, rows, dtype=np.float64)


def _intra(total: np.ndarray, n: np.ndarray, weights: np.ndarray) -> np.ndarray:
    own = _squares(weights)
    pairs = n.astype(np.float64) ** 2 - own
    pairs[pairs == 0] = np.nan  # one item, over and over: what is left of the sum is rounding
    return (1 - (_squares(total) - own) / pairs) / 2


def mean_part(key: Key, values: np.ndarray, weigh: Callable | None = None) -> Part:
    """The mean of one value per item; `weigh` turns weights of images into those of the items."""

    def part(weights: np.ndarray) -> dict[Key, np.ndarray]:
        weights = weigh(weights) if weigh else weights
        return {key: weights @ values.astype(np.float32) / weights.sum(1)}

    return part


def separation_draws(
    vectors: np.ndarray, codes: np.ndarray
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """sim₊ − sim₋ as a function of how often each row is drawn.

    `vectors` (n, d) unit rows with class `codes` (n,). The result maps `counts` (r, n) and `own`
    (r,), the number of pairs of a drawn item with itself or its copies, to (r,) separations.
    """
    order = np.argsort(codes, kind="stable")
    ordered = vectors[order]
    bounds = np.flatnonzero(np.diff(codes[order], prepend=-1, append=codes.max() + 1))

    def draws(counts: np.ndarray, own: np.ndarray) -> np.ndarray:
        counts = counts[:, order]
        whole, within, sizes = 0.0, 0.0, []
        for start, stop in pairwise(bounds):
            total = (counts[:, start:stop] @ ordered[start:stop]).astype(np.float64)
            within += (total**2).sum(1)
            whole += total
            sizes.append(counts[:, start:stop].sum(1, dtype=np.float64))
        return separation(within, (whole**2).sum(1), np.column_stack(sizes), own)

    return draws
