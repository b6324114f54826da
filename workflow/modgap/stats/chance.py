"""Which scores are near chance: over models that learnt nothing, a correlation tests nothing."""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.stats.quantities import Quantity, model_values


def least_score(chance: float, times: float) -> float:
    """The smallest score that counts as above chance.

    `times` as often right as chance or, where that is more than can be asked for, 1/`times` as
    often wrong: min(times · chance, 1 − (1 − chance)/times). For 2 both are the same at a chance of
    1/3; with more classes the first decides, with fewer, as with two, the second.

    Parameters
    ----------
    chance
        The score of a random answer, in [0, 1].
    times
        At least 1; with 1 chance itself is enough.

    Returns
    -------
    float
        In [chance, 1].

    Examples
    --------
    >>> [round(least_score(chance, 2), 3) for chance in (0.1, 1 / 3, 0.5)]
    [0.2, 0.667, 0.75]
    """
    return min(times * chance, 1 - (1 - chance) / times)


def near_chance(metrics: pd.DataFrame, quantity: Quantity, times: float) -> pd.Series:
    """Whether each model that has a quantity is near chance on it.

    Parameters
    ----------
    metrics
        A tidy metric table; the chance of a score stands in it as a metric of its own.
    quantity
        A score, or what is none, such as a gap: no model is near chance on that.
    times
        As in `least_score`.

    Returns
    -------
    pandas.Series
        Of booleans, indexed by model.

    Raises
    ------
    InputError
        As `model_values`, and if a model has the score but no chance of it.
    """
    values = model_values(metrics, quantity)
    if not quantity.is_score:
        return pd.Series(False, index=values.index)
    chance = model_values(metrics, quantity.chance).reindex(values.index) / quantity.scale
    if chance.isna().any():
        raise InputError(
            f"metric table: model {chance.index[chance.isna()][0]!r} has {list(quantity.metrics)} "
            f"but not {list(quantity.chance.metrics)}; measure it anew"
        )
    least = chance.map(lambda each: least_score(each, times))
    # What stands at the limit is above it, whatever its last bit.
    return values / quantity.scale < least - np.finfo(np.float32).eps
