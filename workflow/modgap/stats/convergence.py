"""Whether a training run had come to its end: what still changed over its last fifth."""

import numpy as np
import pandas as pd

from modgap.errors import InputError

# The last part of a run, in two halves that are compared; steps that each half needs.
LAST, LEAST = 0.2, 1
# What is followed, and whether its change is a share of its value or a difference.
FOLLOWED = {"loss": True, "recall": False, "rmg": False}
# The rule: the loss changes by less than 1 % of itself, the recall by less than a point.
CONVERGED_BELOW = 0.01


def late_changes(history: pd.DataFrame) -> dict[str, float]:
    """How much each followed number still changed over the last fifth of a run.

    The mean of the last tenth of the steps less that of the tenth before it: single steps are too
    noisy to be compared.

    Parameters
    ----------
    history
        One model's: step, and columns `FOLLOWED`, missing at steps that were not probed.

    Returns
    -------
    dict
        Column → change: of the loss as a share of its earlier mean, of recall and RMG the
        difference. NaN for a column that is absent or was not probed in both halves.

    Raises
    ------
    InputError
        For a history without steps.

    Examples
    --------
    >>> history = pd.DataFrame({"step": range(11), "loss": [1.0] * 9 + [2.0, 3.0]})
    >>> late_changes(history)["loss"]
    1.5
    """
    if history.empty:
        raise InputError("history: no steps; expected one row per step of training")
    last = history["step"].max()
    places = history["step"] / last if last else history["step"]
    before = history[(places >= 1 - LAST) & (places < 1 - LAST / 2)]
    after = history[places >= 1 - LAST / 2]
    changes = {}
    for column, relative in FOLLOWED.items():
        parts = [part[column].dropna() if column in part else [] for part in (before, after)]
        if min(map(len, parts)) < LEAST:
            changes[column] = np.nan
            continue
        first, second = (float(part.mean()) for part in parts)
        changes[column] = (second - first) / first if relative else second - first
    return changes


def has_converged(changes: dict[str, float]) -> bool:
    """The declared rule on `late_changes`; a number that was not followed does not fulfil it."""
    return all(abs(changes[column]) < CONVERGED_BELOW for column in ("loss", "recall"))
