"""Moving the two clouds: what closing, opening or reshaping the gap does to everything else.

An intervention is fitted on some items and applied to others, so that nothing is judged on the
items it was made from: `fit_intervention(name, images, texts)` looks at the calibration clouds and
returns a `Move`, `(images, texts, amount) -> (images, texts)`. What comes back is unit rows; the
amount 0 changes nothing but their length. A new intervention is one function and its name in
`INTERVENTIONS`: it is given unit rows, as its move is, and need not make them unit length again;
one that needs pairs may take row i of images to belong to row i of texts.
"""

from collections.abc import Callable

import numpy as np

from modgap.errors import InputError, nearest
from modgap.metrics.checks import embedding_pair
from modgap.metrics.rows import unit_rows

Clouds = tuple[np.ndarray, np.ndarray]
Move = Callable[[np.ndarray, np.ndarray, float], Clouds]
Fit = Callable[[np.ndarray, np.ndarray], Move]


def fit_intervention(name: str, images: np.ndarray, texts: np.ndarray) -> Move:
    """The intervention `name`, fitted on calibration clouds.

    Parameters
    ----------
    name
        A key of `INTERVENTIONS`.
    images, texts
        (n, d) and (m, d), unit length or not: they are normalised.

    Returns
    -------
    A function of images, texts and an amount; see the functions of this module for its unit.

    Raises
    ------
    InputError
        For an unknown name, clouds that `modgap.metrics.gap` refuses, and, from the function
        returned, a row that becomes zero.

    Examples
    --------
    >>> images, texts = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[-1.0, 0.0], [-0.6, 0.8]])
    >>> moved, _ = fit_intervention("midpoint", images, texts)(images, texts, 1.0)
    >>> moved.round(3).tolist()
    [[1.0, 0.0], [-0.243, 0.97]]
    """
    if name not in INTERVENTIONS:
        raise InputError(f"intervention {name!r} is not known; {nearest(name, INTERVENTIONS)}")
    fitted = INTERVENTIONS[name](*_unit(images, texts))

    def move(images: np.ndarray, texts: np.ndarray, amount: float) -> Clouds:
        moved = fitted(*_unit(images, texts), amount)
        for cloud, side in zip(moved, ("images", "texts"), strict=True):
            _refuse_zero(cloud, f"{side} after {name} by {amount:g}")
        return _unit(*moved)

    return move


def calibration_split(items: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to fit on, and the rest to judge on, both sorted.

    `share` of the `items`, drawn with `seed`. Raises `InputError` if either part is empty.

    >>> [part.tolist() for part in calibration_split(4, 0.5, seed=0)]
    [[2, 3], [0, 1]]
    """
    fitted = round(share * items)
    if not 0 < fitted < items:
        raise InputError(
            f"calibration split: {share} of {items} items is {fitted}; expected a share that "
            "leaves items on both sides: what an intervention is fitted on and what it is judged on"
        )
    order = np.random.default_rng(seed).permutation(items)
    return np.sort(order[:fitted]), np.sort(order[fitted:])


def translate(images: np.ndarray, texts: np.ndarray) -> Move:
    """Both sides by half of δ: images by −½ δ g, texts by +½ δ g, g the unit gap vector.

    δ is a length: positive closes, negative opens (Mind the Gap, section 4.2).
    """
    direction = gap_direction(images, texts)
    return _shift(direction, 0.5, 0.5)


def translate_images(images: np.ndarray, texts: np.ndarray) -> Move:
    """Images alone, by −δ g (Mind the Gap, section 5.2)."""
    return _shift(gap_direction(images, texts), 1.0, 0.0)


def translate_texts(images: np.ndarray, texts: np.ndarray) -> Move:
    """Texts alone, by +δ g."""
    return _shift(gap_direction(images, texts), 0.0, 1.0)


def midpoint(images: np.ndarray, texts: np.ndarray) -> Move:
    """`translate` measured in gaps: at 1 both centres move to their midpoint."""
    gap = images.mean(axis=0, dtype=np.float64) - texts.mean(axis=0, dtype=np.float64)
    return _shift(gap, 0.5, 0.5)


def centre(images: np.ndarray, texts: np.ndarray) -> Move:
    """Each modality minus the amount times its own mean: at 1 both are centred on 0."""
    means = images.mean(axis=0, dtype=np.float64), texts.mean(axis=0, dtype=np.float64)

    def move(images: np.ndarray, texts: np.ndarray, amount: float) -> Clouds:
        return images - amount * means[0], texts - amount * means[1]

    return move


def drop_dimensions(images: np.ndarray, texts: np.ndarray) -> Move:
    """Without the dimensions in which the means differ most; the amount is how many."""
    difference = images.mean(axis=0, dtype=np.float64) - texts.mean(axis=0, dtype=np.float64)
    order = np.argsort(-np.abs(difference), kind="stable")

    def move(images: np.ndarray, texts: np.ndarray, amount: float) -> Clouds:
        if amount != int(amount) or not 0 <= amount < len(order):
            raise InputError(
                f"drop_dimensions: amount {amount}, expected a whole number from 0 to "
                f"{len(order) - 1}, so that a dimension is left"
            )
        keep = np.sort(order[int(amount) :])
        return images[:, keep], texts[:, keep]

    return move


def standardise(images: np.ndarray, texts: np.ndarray) -> Move:
    """Each dimension of each modality to mean 0 and standard deviation 1 at the amount 1.

    At t it is (x − t mean) / sdᵗ. A dimension that is constant is centred and not divided.
    """
    scales = [_mean_and_spread(cloud) for cloud in (images, texts)]

    def move(images: np.ndarray, texts: np.ndarray, amount: float) -> Clouds:
        return tuple(
            (cloud - amount * mean) / spread**amount
            for cloud, (mean, spread) in zip((images, texts), scales, strict=True)
        )

    return move


INTERVENTIONS: dict[str, Fit] = {
    "translate": translate,
    "translate_images": translate_images,
    "translate_texts": translate_texts,
    "midpoint": midpoint,
    "centre": centre,
    "drop_dimensions": drop_dimensions,
    "standardise": standardise,
}


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


def _shift(vector: np.ndarray, of_images: float, of_texts: float) -> Move:
    def move(images: np.ndarray, texts: np.ndarray, amount: float) -> Clouds:
        return images - amount * of_images * vector, texts + amount * of_texts * vector

    return move


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
