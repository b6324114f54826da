"""Two clouds that differ by one known cause: what each measure of the gap makes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from modgap.errors import InputError, nearest
from modgap.measure.bootstrap import bootstrap, gap_part
from modgap.measure.inputs import Inputs
from modgap.metrics.gap import gap, l2i
from modgap.metrics.geometry import effective_rank, similarity_spread, uniformity
from modgap.metrics.margins import margins
from modgap.metrics.neighbours import cross_modal_neighbours
from modgap.metrics.pairs import pair_cosines
from modgap.metrics.pool import pool_ranks
from modgap.metrics.retrieval import recall_at_k
from modgap.metrics.rows import unit_rows
from modgap.metrics.separability import linear_separability
from modgap.metrics.subspaces import frechet_distance, subspace_angles

CAUSES = ("shift", "rotation", "subspace", "spread", "mismatch", "low_rank")
# The clouds: a common direction, factors that both modalities share, and noise of their own.
_DIMENSIONS, _FACTORS, _SPREAD, _NOISE = 64, 16, 0.8, 0.5
# What the whole of a cause (level 1) does: length of the shift, share of the spread that goes,
# share of the factors that go.
_SHIFT, _NARROWER, _FEWER = 1.0, 0.8, 0.75

_PAIRS = 400
_SIZES = {100: 60, 1000: 12, 10000: 3}


def simulate(
    seed: int,
    causes: Sequence[str] = CAUSES,
    levels: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    pairs: int = _PAIRS,
    repeats: int = 12,
    sizes: Mapping[int, int] = _SIZES,
    resamples: int = 200,
) -> pd.DataFrame:
    """Every measure on clouds made with each cause at each level, and on more and more pairs.

    An image and its text are the same point on a cone: a direction m, plus factors z ~ N(0, I) of
    a subspace, plus noise of each. The cause changes the texts alone: `shift` adds a vector that is
    orthogonal to all of these; `rotation` turns z within its subspace, by level · 90° in 8 planes;
    `subspace` tilts the subspace out of itself by level · 90°; `spread` makes z smaller, `low_rank`
    leaves out factors and makes up for their variance; `mismatch` shuffles the texts of a share of
    pairs.

    Parameters
    ----------
    seed
        Of all draws; clouds of one repeat share theirs, whatever the cause and level.
    causes, levels
        Of `CAUSES`; in [0, 1], 0 is no cause at all.
    pairs, repeats
        Of each cause and level.
    sizes
        Number of pairs → repeats, for the measures' dependence on it: a shift of half the level.
    resamples
        Of the bootstrap whose intervals are tried at these sizes.

    Returns
    -------
    pandas.DataFrame
        `part` ("cause" or "size"), cause, level, n, repeat, measure, value, and, for sizes and
        measures with a bootstrap, low and high.

    Raises
    ------
    InputError
        For an unknown cause and a level outside [0, 1].
    """
    for cause in causes:
        if cause not in CAUSES:
            raise InputError(f"causes: {cause!r} is not known; {nearest(cause, CAUSES)}")
    if min(levels) < 0 or max(levels) > 1:
        raise InputError(f"levels {tuple(levels)}, expected numbers from 0 to 1")
    rows = []
    for repeat in range(repeats):
        for cause in causes:
            for level in levels:
                clouds = two_clouds([seed, repeat], pairs, cause, level)
                name = ("cause", cause, level, pairs, repeat)
                rows += [(*name, *line, np.nan, np.nan) for line in _values(*clouds)]
    for n, count in sizes.items():
        for repeat in range(count):
            clouds = two_clouds([seed, n, repeat], n, "shift", 0.5)
            bounds = _bounds(*clouds, resamples, repeat) if n < max(sizes) else {}
            name = ("size", "shift", 0.5, n, repeat)
            for measure, value in _values(*clouds):
                limits = bounds.get((measure, "both"), (np.nan, np.nan))
                rows.append((*name, measure, value, *limits))
    columns = ["part", "cause", "level", "n", "repeat", "measure", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def two_clouds(
    seed: int | Sequence[int], pairs: int, cause: str, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Unit images and texts, (pairs, 64) float32; see `simulate`."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(_DIMENSIONS, 2 * _FACTORS + 2)))[0].T
    centre, aside = axes[0], axes[1]
    basis, other = axes[2 : 2 + _FACTORS], axes[2 + _FACTORS :]
    factors = rng.normal(size=(pairs, _FACTORS))
    noise = rng.normal(size=(2, pairs, _DIMENSIONS)) * _NOISE / np.sqrt(_DIMENSIONS)
    order = np.arange(pairs)
    moved = rng.permutation(pairs)
    factors_of_texts, basis_of_texts, added = factors, basis, 0.0
    if cause == "shift":
        added = _SHIFT * level * aside
    elif cause == "rotation":
        factors_of_texts = _turned(factors, level * np.pi / 2)
    elif cause == "subspace":
        basis_of_texts = np.cos(level * np.pi / 2) * basis + np.sin(level * np.pi / 2) * other
    elif cause == "spread":
        factors_of_texts = (1 - _NARROWER * level) * factors
    elif cause == "low_rank":
        kept = round(_FACTORS * (1 - _FEWER * level))
        factors_of_texts = factors * (np.arange(_FACTORS) < kept) * np.sqrt(_FACTORS / kept)
    elif cause == "mismatch":
        chosen = np.sort(moved[: round(level * pairs)])
        order[chosen] = np.roll(chosen, 1)
    size = _SPREAD / np.sqrt(_FACTORS)
    images = centre + size * factors @ basis + noise[0]
    texts = centre + size * factors_of_texts @ basis_of_texts + added + noise[1]
    return unit_rows(images, "images"), unit_rows(texts[order], "texts")


def _turned(factors: np.ndarray, angle: float) -> np.ndarray:
    """Each of the planes of factors 0 and 1, 2 and 3, … turned by the angle."""
    first, second = factors[:, ::2], factors[:, 1::2]
    turned = np.empty_like(factors)
    turned[:, ::2] = np.cos(angle) * first - np.sin(angle) * second
    turned[:, 1::2] = np.sin(angle) * first + np.cos(angle) * second
    return turned


def _values(images: np.ndarray, texts: np.ndarray) -> Iterator[tuple[str, float]]:
    parts = gap(images, texts)
    for name in ("l2m", "rmg", "cosine_pairs", "cosine_non_pairs", "cosine_shift"):
        yield name, getattr(parts, name)
    for name, measure in _MEASURES.items():
        yield name, float(measure(images, texts))


_MEASURES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "l2i": l2i,
    "margin:one_percent": lambda x, y: margins(x, y, tails=(0.01,))[0].margin,
    "linear_separability": linear_separability,
    "cross_modal_neighbours": cross_modal_neighbours,
    "subspace_angle": lambda x, y: subspace_angles(x, y).mean(),
    "frechet_distance": frechet_distance,
    "uniformity_difference": lambda x, y: uniformity(y) - uniformity(x),
    "effective_rank_ratio": lambda x, y: effective_rank(y) / effective_rank(x),
    "similarity_spread": similarity_spread,
    "recall@1": lambda x, y: recall_at_k(x, y, ks=(1,)).image_to_text[1],
    "mixed_ndcg@10": lambda x, y: pool_ranks([x, y]).ndcg(0).mean(),
}


def _bounds(images: np.ndarray, texts: np.ndarray, resamples: int, seed: int) -> dict:
    rows = np.arange(len(images))
    pairs = np.column_stack([rows, rows])
    labels = pd.DataFrame(index=rows)
    inputs = Inputs(images, labels, texts, pairs, rows, rows, captions=True, metadata={})
    part = gap_part(inputs, pair_cosines(images, texts, pairs))
    return bootstrap(len(rows), [part], resamples=resamples, seed=seed, confidence=0.95)
