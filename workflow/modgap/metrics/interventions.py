"""Moving the two clouds: what closing, opening or reshaping the gap does to everything else.

An intervention is fitted on some items and applied to others, so that nothing is judged on the
items it was made from: `fit_intervention(name, images, texts)` looks at the calibration clouds and
returns a `Move`, `(images, texts, amount) -> (images, texts)`. What comes back is unit rows; the
amount 0 changes nothing but their length. A new intervention is one function and its name in
`INTERVENTIONS`: it is given unit rows and returns, for an amount, the affine map of images and that
of texts, so that what was fitted can be stored (`fit_maps`) and applied elsewhere. Those that need
pairs are named in `closers.PAIRED` and are given row i of texts for row i of images.
"""

from collections.abc import Callable

import numpy as np

from modgap.errors import InputError, nearest
from modgap.metrics.checks import check_pairs, embedding_pair
from modgap.metrics.closers import (
    PAIRED,
    Fit,
    Maps,
    collapse_noise,
    gap_size,
    half_of_gap,
    linear_map,
    optimal_transport,
    procrustes,
    whiten,
)
from modgap.metrics.maps import AffineMap
from modgap.metrics.rows import unit_rows

Clouds = tuple[np.ndarray, np.ndarray]
Move = Callable[[np.ndarray, np.ndarray, float], Clouds]


def fit_intervention(
    name: str, images: np.ndarray, texts: np.ndarray, pairs: np.ndarray | None = None
) -> Move:
    """The intervention `name`, fitted on calibration clouds.

    Parameters
    ----------
    name
        A key of `INTERVENTIONS`.
    images, texts
        (n, d) and (m, d), unit length or not: they are normalised.
    pairs
        (P, 2) of image row and text row, for interventions that need them; by default row i of
        images belongs to row i of texts.

    Returns
    -------
    A function of images, texts and an amount; see the functions of this module for its unit.

    Raises
    ------
    InputError
        For an unknown name, clouds that `modgap.metrics.gap` refuses, pairs that are needed and do
        not fit, and, from the function returned, a row that becomes zero.

    Examples
    --------
    >>> images, texts = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[-1.0, 0.0], [-0.6, 0.8]])
    >>> moved, _ = fit_intervention("midpoint", images, texts)(images, texts, 1.0)
    >>> moved.round(1).tolist()[0]
    [1.0, 0.0]
    """
    maps = fit_maps(name, images, texts, pairs)

    def move(images: np.ndarray, texts: np.ndarray, amount: float) -> Clouds:
        images, texts = embedding_pair(images, texts)
        what = f"after {name} by {amount:g}"
        clouds = zip(maps(amount), (images, texts), ("images", "texts"), strict=True)
        return tuple(apply_map(of, cloud, side, what) for of, cloud, side in clouds)

    return move


def fit_maps(
    name: str, images: np.ndarray, texts: np.ndarray, pairs: np.ndarray | None = None
) -> Callable[[float], Maps]:
    """The maps of images and texts that `fit_intervention` moves by, as a function of the amount.

    Arguments and `InputError` as there.
    """
    if name not in INTERVENTIONS:
        raise InputError(f"intervention {name!r} is not known; {nearest(name, INTERVENTIONS)}")
    fit = INTERVENTIONS[name]
    if fit in PAIRED:
        rows = check_pairs(pairs, len(images), len(texts))
        images, texts = images[rows[:, 0]], texts[rows[:, 1]]
    return fit(*_unit(images, texts))


def apply_map(of: AffineMap, cloud: np.ndarray, side: str, what: str) -> np.ndarray:
    """Unit rows moved by a map and made unit length again, float32.

    Raises `InputError` for a row that becomes zero: row n of `side`, `what` having been done.
    """
    moved = of(unit_rows(cloud, side))
    _refuse_zero(moved, f"{side} {what}")
    return unit_rows(moved, side)


def full_amount(name: str, images: np.ndarray, texts: np.ndarray) -> float:
    """The amount at which an intervention goes the whole way for clouds of unit rows.

    The size of the gap for those measured in lengths, the dimensions that hold half of the gap's
    square for `drop_dimensions`, else 1.
    """
    return _FULL[name](images, texts) if name in _FULL else 1.0


def calibration_split(items: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to fit on, and the rest to judge on, both sorted.

    `share` of the `items`, drawn with `seed`. Raises `InputError` if either part is empty.

    >>> [part.tolist() for part in calibration_split(4, 0.5, seed=0)]
    [[0, 2], [1, 3]]
    """
    fitted = round(share * items)
    if not 0 < fitted < items:
        raise InputError(
            f"calibration split: {share} of {items} items is {fitted}; expected a share that "
            "leaves items on both sides: what an intervention is fitted on and what it is judged on"
        )
    order = np.random.default_rng(seed).permutation(items)
    return np.sort(order[:fitted]), np.sort(order[fitted:])


def translate(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Both sides by half of δ: images by −½ δ g, texts by +½ δ g, g the unit gap vector.

    δ is a length: positive closes, negative opens (Mind the Gap, section 4.2).
    """
    return _shift(gap_direction(images, texts), 0.5, 0.5)


def translate_images(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Images alone, by −δ g (Mind the Gap, section 5.2)."""
    return _shift(gap_direction(images, texts), 1.0, 0.0)


def translate_texts(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Texts alone, by +δ g."""
    return _shift(gap_direction(images, texts), 0.0, 1.0)


def midpoint(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """`translate` measured in gaps: at 1 both centres move to their midpoint."""
    gap = images.mean(axis=0, dtype=np.float64) - texts.mean(axis=0, dtype=np.float64)
    return _shift(gap, 0.5, 0.5)


def centre(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Each modality minus the amount times its own mean: at 1 both are centred on 0.

    I0T (An et al., ACL 2025) and GR-CLIP (2025), the mean being that of the calibration items.
    """
    means = images.mean(axis=0, dtype=np.float64), texts.mean(axis=0, dtype=np.float64)
    return lambda amount: (AffineMap(-amount * means[0]), AffineMap(-amount * means[1]))


def drop_dimensions(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Without the dimensions in which the means differ most; the amount is how many.

    Two Effects, section 4.
    """
    difference = images.mean(axis=0, dtype=np.float64) - texts.mean(axis=0, dtype=np.float64)
    order = np.argsort(-np.abs(difference), kind="stable")

    def maps(amount: float) -> Maps:
        if amount != int(amount) or not 0 <= amount < len(order):
            raise InputError(
                f"drop_dimensions: amount {amount}, expected a whole number from 0 to "
                f"{len(order) - 1}, so that a dimension is left"
            )
        kept = np.ones(len(order))
        kept[order[: int(amount)]] = 0
        one = AffineMap(np.zeros(len(order)), kept)
        return one, one

    return maps


def standardise(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Each dimension of each modality to mean 0 and standard deviation 1 at the amount 1.

    At t it is (x − t mean) / sdᵗ. A dimension that is constant is centred and not divided.
    """
    scales = [_mean_and_spread(cloud) for cloud in (images, texts)]

    def maps(amount: float) -> Maps:
        return tuple(
            AffineMap(-amount * mean / spread**amount, spread**-amount) for mean, spread in scales
        )

    return maps


INTERVENTIONS: dict[str, Fit] = {
    "translate": translate,
    "translate_images": translate_images,
    "translate_texts": translate_texts,
    "midpoint": midpoint,
    "centre": centre,
    "drop_dimensions": drop_dimensions,
    "standardise": standardise,
    "collapse_noise": collapse_noise,
    "procrustes": procrustes,
    "whiten": whiten,
    "linear_map": linear_map,
    "optimal_transport": optimal_transport,
}
_FULL = {
    "translate": gap_size,
    "translate_images": gap_size,
    "translate_texts": gap_size,
    "drop_dimensions": half_of_gap,
}
# Every way to close the gap, once: the whole of `translate` is `midpoint`.
CLOSERS = tuple(name for name in INTERVENTIONS if name != "translate")


def gap_direction(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """The unit gap vector: from the centre of texts to that of images, (d,) float64.

    Raises `InputError` if the centres agree: the gap has no direction.
    """
    gap = images.mean(axis=0, dtype=np.float64) - texts.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(gap)
    # Means of float32 rows are no finer.
    if length < 1e-7:
        raise InputError(
            "the centres of images and texts agree: the gap has no direction to shift along"
        )
    return gap / length


def _shift(vector: np.ndarray, of_images: float, of_texts: float) -> Callable[[float], Maps]:
    def maps(amount: float) -> Maps:
        step = amount * vector
        return AffineMap(-of_images * step), AffineMap(of_texts * step)

    return maps


def _mean_and_spread(cloud: np.ndarray) -> Clouds:
    spread = cloud.std(axis=0, dtype=np.float64)
    return cloud.mean(axis=0, dtype=np.float64), np.where(spread > 0, spread, 1.0)


def _refuse_zero(cloud: np.ndarray, name: str) -> None:
    """What is left of a float32 unit row below this is rounding, and has no direction."""
    zero = np.flatnonzero(np.linalg.norm(cloud, axis=1) < 1e-6)
    if len(zero):
        raise InputError(
            f"{name}: row {zero[0]} is zero; {len(zero)} such rows. Drop these items, or move by "
            "less"
        )


def _unit(images: np.ndarray, texts: np.ndarray) -> Clouds:
    images, texts = embedding_pair(images, texts)
    return unit_rows(images, "images"), unit_rows(texts, "texts")
