"""How far training had come to its end: what still changed over its last fifth."""

import pandas as pd

from modgap.stats.convergence import FOLLOWED, has_converged, late_changes


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {
        "experiment": "experiment",
        "models": "models",
        "steps": "steps",
        "converged": "share converged",
        "loss": "loss, largest change [share]",
        "recall": "held-out R@1, largest change",
        "rmg": "RMG, largest change",
    }


def numbers(histories: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """One row per experiment, with the largest change of any of its models.

    Parameters
    ----------
    histories
        Training histories: model, step, and the columns of `modgap.stats.convergence.FOLLOWED`.
    models
        Model table with the column experiment.

    Returns
    -------
    pandas.DataFrame
        experiment, models (how many), steps (of the longest run), converged (share of the models
        that fulfil the rule), and per followed number the change of the model where it is largest,
        with its sign; missing where it was not followed.
    """
    rows = []
    for model, history in histories.groupby("model", sort=False):
        changes = late_changes(history)
        row = {"model": model, "steps": history["step"].max()}
        rows.append(row | {"converged": has_converged(changes)} | changes)
    frame = models[["model", "experiment"]].merge(pd.DataFrame(rows), on="model")
    lines = []
    for experiment, part in frame.groupby("experiment", sort=False):
        line = {"experiment": experiment, "models": len(part), "steps": part["steps"].max()}
        line["converged"] = part["converged"].mean()
        lines.append(line | {column: _largest(part[column]) for column in FOLLOWED})
    return pd.DataFrame(lines, columns=[*headings()])


def _largest(changes: pd.Series) -> float:
    known = changes.dropna()
    return float(known.loc[known.abs().idxmax()]) if len(known) else float("nan")
