"""From tidy metric tables to the numbers that figures and tables show."""

from collections.abc import Mapping, Sequence

import pandas as pd

from modgap.errors import InputError
from modgap.stats import mean_interval
from modgap.stats.chance import near_chance
from modgap.stats.quantities import Quantity, model_values


def performance(quantities: Mapping[str, Sequence[Quantity]]) -> tuple[Quantity, ...]:
    """The scores that performance is read from: retrieval, then classification.

    Parameters
    ----------
    quantities
        Role → quantities; roles that a study lacks are absent.

    Returns
    -------
    tuple of Quantity
        Empty if the study has neither role.
    """
    return (*quantities.get("retrieval", ()), *quantities.get("classification", ()))


def check_columns(models: pd.DataFrame, columns: Sequence[str], artifact: str) -> None:
    """Raise `InputError` if the model table lacks a column that an artifact groups models by.

    Parameters
    ----------
    models
        A model table.
    columns
        Their names.
    artifact
        Its name, for the message.
    """
    if missing := [column for column in columns if column not in models]:
        raise InputError(
            f"model table of {artifact}: no column {', '.join(missing)}; it has "
            f"{list(models.columns)}. Give the artifact an experiment whose models are trained here"
        )


def per_model(
    metrics: pd.DataFrame, models: pd.DataFrame, quantities: Sequence[Quantity]
) -> pd.DataFrame:
    """Several quantities of each model, one under the other.

    Parameters
    ----------
    metrics
        A tidy metric table.
    models
        A model table.
    quantities
        What to read out of the metric table.

    Returns
    -------
    pandas.DataFrame
        `models` with columns `quantity` (its label) and `value`: one row per quantity and model
        that has it.

    Raises
    ------
    InputError
        If no model of `models` has a quantity: the metric table is of other models.
    """
    parts = []
    for quantity in quantities:
        values = model_values(metrics, quantity).rename("value")
        part = models.merge(values, left_on="model", right_index=True)
        if part.empty:
            raise InputError(
                f"metric table: none of the {len(models)} models of the model table has "
                f"{list(quantity.metrics)} ({quantity.modality}); the tables are of other models"
            )
        parts.append(part.assign(quantity=quantity.label))
    return pd.concat(parts, ignore_index=True)


def pairs_of(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    pairs: Sequence[tuple[Quantity, Quantity]],
    above_chance: float = 2.0,
) -> pd.DataFrame:
    """Two quantities against each other: one row per pair and model that has both.

    Parameters
    ----------
    metrics
        A tidy metric table.
    models
        A model table with a column group: the size of a model's training set, in words.
    pairs
        The quantities on the x and on the y axis of each panel.
    above_chance
        As in `modgap.stats.chance.least_score`.

    Returns
    -------
    pandas.DataFrame
        Columns model, group, x_name, x, y_name, y, near_chance (whether the model is near chance on
        either), in the order of `pairs`; no row without pairs. A model whose training set has an
        unknown size is in group "unknown".
    """
    columns = ["model", "group", "x_name", "x", "y_name", "y", "near_chance"]
    parts = [pd.DataFrame(columns=columns)]
    models = models.assign(group=models["group"].replace("", None).fillna("unknown"))
    for x, y in pairs:
        both = pd.DataFrame({"x": model_values(metrics, x), "y": model_values(metrics, y)}).dropna()
        near = [near_chance(metrics, each, above_chance).reindex(both.index) for each in (x, y)]
        both["near_chance"] = near[0] | near[1]
        part = models[["model", "group"]].merge(both, left_on="model", right_index=True)
        parts.append(part.assign(x_name=x.label, y_name=y.label))
    return pd.concat(parts[1:] or parts, ignore_index=True)[columns]


def with_interval(frame: pd.DataFrame, by: list[str], confidence: float = 0.95) -> pd.DataFrame:
    """The mean of `value` within each group, with its interval (Student's t).

    Parameters
    ----------
    frame
        A table with the column `value`.
    by
        Columns that name a group.
    confidence
        Of the interval, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        `frame` with the columns mean, low, high and n, the same in all rows of a group; low and
        high are missing where a group has one row.
    """
    rows = []
    for key, values in frame.groupby(by, sort=False, dropna=False)["value"]:
        mean = mean_interval(values, confidence)
        summary = {"mean": mean.value, "low": mean.low, "high": mean.high, "n": mean.n}
        rows.append(dict(zip(by, key, strict=True)) | summary)
    return frame.merge(pd.DataFrame(rows, columns=[*by, "mean", "low", "high", "n"]), on=by)
