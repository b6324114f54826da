"""Correlations of a study's models: metric and model tables → the tables of `correlation_table`."""

from collections.abc import Sequence

import pandas as pd

from modgap.errors import InputError
from modgap.stats.quantities import L2M, RMG, Quantity, model_values
from modgap.stats.tables import COLUMNS, corrected, correlation_table

_GAPS = (L2M, RMG)


def model_frame(
    models: pd.DataFrame, metrics: pd.DataFrame, quantities: Sequence[Quantity]
) -> pd.DataFrame:
    """`models` with one column per quantity, named `Quantity.name`, empty where a model lacks it.

    Raises `InputError` for a model that has none of the quantities, and for a quantity that no
    model has.
    """
    values = pd.DataFrame({q.name: model_values(metrics, q) for q in quantities})
    missing = sorted(set(models["model"]) - set(values.dropna(how="all").index))
    if missing:
        names = ", ".join(values.columns)
        raise InputError(f"metric table: none of {names} of the models {', '.join(missing)}")
    return models.merge(values, left_on="model", right_index=True)


def score_correlations(
    models: pd.DataFrame,
    metrics: pd.DataFrame,
    scores: Sequence[Quantity],
    *,
    groups: str,
    rows: Sequence[str],
    confounders: Sequence[str] = (),
    only: str = "",
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """`correlation_table` of each score with each of `rows`, all lines corrected as one family.

    `rows` are l2m and rmg, taken on the data set of the score, and columns of `models`, such as
    parameters. `groups`, `confounders`: as there; models without a group are left out. `only` names
    a column of `models`: the models where it is false are left out, or none if there is no such
    column. The column score holds `Quantity.name`. No score gives a table without lines.

    Raises `InputError` as `model_frame` and `correlation_table` do, and if `only` is not true or
    false in every row.
    """
    models = _chosen(models, groups, only)
    options = {"groups": groups, "confounders": confounders, "resamples": resamples}
    options |= {"seed": seed, "confidence": confidence}
    parts = []
    for dataset in dict.fromkeys(score.dataset for score in scores):
        here = [score for score in scores if score.dataset == dataset]
        frame = model_frame(models, metrics, [*(gap.on(dataset) for gap in _GAPS), *here])
        frame = frame.rename(columns={gap.on(dataset).name: gap.name for gap in _GAPS})
        parts.append(correlation_table(frame, rows, [score.name for score in here], **options))
    if not parts:
        return pd.DataFrame(columns=[*COLUMNS])
    return corrected(pd.concat(parts, ignore_index=True))


def _chosen(models: pd.DataFrame, groups: str, only: str) -> pd.DataFrame:
    if only in models:
        if models[only].dtype != bool:
            raise InputError(
                f"model table: column {only!r} is {models[only].dtype}, expected true or false in "
                "every row"
            )
        models = models[models[only]]
    known = models[groups].notna() & (models[groups] != "")
    return models[known].reset_index(drop=True)
