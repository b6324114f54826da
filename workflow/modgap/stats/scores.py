"""Correlations of a study's models: metric and model tables → the tables of `correlation_table`."""

import logging
from collections.abc import Sequence

import pandas as pd

from modgap.errors import InputError
from modgap.stats.chance import near_chance
from modgap.stats.quantities import L2M, RMG, Quantity, model_values
from modgap.stats.tables import COLUMNS, corrected, correlation_table

_GAPS = (L2M, RMG)
# The count of models that a line leaves out because their score is near chance, and its place.
NEAR_CHANCE = "near_chance"
SCORE_COLUMNS = (*COLUMNS[:4], NEAR_CHANCE, *COLUMNS[4:])
_log = logging.getLogger(__name__)


def model_frame(
    models: pd.DataFrame, metrics: pd.DataFrame, quantities: Sequence[Quantity]
) -> pd.DataFrame:
    """The model table with one column per quantity.

    Parameters
    ----------
    models
        A model table: a column model, and what else is known of each.
    metrics
        A tidy metric table of these models.
    quantities
        What to read out of it.

    Returns
    -------
    pandas.DataFrame
        `models` with columns named `Quantity.name`, empty where a model lacks the quantity.

    Raises
    ------
    InputError
        For a model that has none of the quantities, and for a quantity that no model has.
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
    quantities: Sequence[Quantity],
    *,
    groups: str,
    rows: Sequence[str],
    confounders: Sequence[str] = (),
    only: str = "",
    above_chance: float = 2.0,
    resamples: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Correlations of several scores with the gap on their own data set and with other factors.

    Parameters
    ----------
    models
        A model table. Models without a group are left out.
    metrics
        A tidy metric table of these models.
    quantities
        The scores: those of one or more roles, one after the other. None gives no lines.
    groups
        The column of `models` that splits it into groups.
    rows
        What scores are held against: l2m and rmg, taken on the data set of the score, and columns
        of `models`, such as parameters.
    confounders
        Columns of `models` held still in the partial τ.
    only
        A column of `models` that is true or false: models where it is false are left out. Without
        such a column all models count. How many are left out is logged.
    above_chance
        A model near chance on a score (`modgap.stats.chance.least_score`) is left out of the lines
        of that score.
    resamples, seed, confidence
        As in `correlation_table`.

    Returns
    -------
    pandas.DataFrame
        The lines of `correlation_table` of all scores, corrected as one family; the column score
        holds `Quantity.name`, near_chance how many models of the group were left out as such.

    Raises
    ------
    InputError
        As `model_frame`, `near_chance` and `correlation_table`, and if `only` is not true or false
        in every row.
    """
    models = _chosen(models, groups, only)
    options = {"groups": groups, "confounders": confounders, "resamples": resamples}
    options |= {"seed": seed, "confidence": confidence}
    parts = []
    for dataset in dict.fromkeys(quantity.dataset for quantity in quantities):
        scores = [quantity for quantity in quantities if quantity.dataset == dataset]
        frame = model_frame(models, metrics, [*(gap.on(dataset) for gap in _GAPS), *scores])
        frame = frame.rename(columns={gap.on(dataset).name: gap.name for gap in _GAPS})
        near = _near_chance(frame, metrics, scores, above_chance)
        kept = frame.assign(**{name: frame[name].mask(near[name]) for name in near})
        table = correlation_table(kept, rows, [*near], **options)
        counts = near.groupby(frame[groups]).sum().stack()
        table[NEAR_CHANCE] = [
            counts[key] for key in zip(table["group"], table["score"], strict=True)
        ]
        parts.append(table)
    if not parts:
        return pd.DataFrame(columns=[*SCORE_COLUMNS])
    return corrected(pd.concat(parts, ignore_index=True))[[*SCORE_COLUMNS]]


def _near_chance(
    frame: pd.DataFrame, metrics: pd.DataFrame, scores: Sequence[Quantity], times: float
) -> pd.DataFrame:
    """Whether each model of `frame` is near chance on each score, by the score's name."""
    near = {score.name: near_chance(metrics, score, times) for score in scores}
    chosen = {name: frame["model"].map(flags).fillna(False) for name, flags in near.items()}
    table = pd.DataFrame(chosen, index=frame.index).astype(bool)
    for name, count in table.sum().items():
        if count:
            _log.warning("correlations: %s: %d models near chance left out", name, count)
    return table


def _chosen(models: pd.DataFrame, groups: str, only: str) -> pd.DataFrame:
    kept = models[groups].notna() & (models[groups] != "")
    if only in models:
        if models[only].dtype != bool:
            raise InputError(
                f"model table: column {only!r} is {models[only].dtype}, expected true or false in "
                "every row"
            )
        kept &= models[only]
    if left_out := int((~kept).sum()):
        reasons = f"no {groups}" + (f" or not {only}" if only in models else "")
        _log.info("correlations: %d of %d models left out (%s)", left_out, len(models), reasons)
    return models[kept].reset_index(drop=True)
