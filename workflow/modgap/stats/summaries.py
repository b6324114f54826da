"""From tidy metric tables to the numbers that figures and tables show."""

from collections.abc import Sequence

import pandas as pd

from modgap.errors import InputError
from modgap.stats import mean_interval
from modgap.stats.quantities import Quantity, model_values


def per_model(
    metrics: pd.DataFrame, models: pd.DataFrame, quantities: Sequence[Quantity]
) -> pd.DataFrame:
    """`models` with columns `quantity` and `value`: one row per model and quantity that exists.

    Raises `InputError` if no model of `models` has a quantity: the metric table is of other models.
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
) -> pd.DataFrame:
    """Two quantities against each other: one row per pair and model that has both.

    Returns the columns model, group, x_name, x, y_name, y, in the order of `pairs`, and no row
    without pairs. A model whose training set has an unknown size is in group "unknown". Where
    `models` has a column `kept`, the models that the paper dropped are left out.
    """
    columns = ["model", "group", "x_name", "x", "y_name", "y"]
    parts = [pd.DataFrame(columns=columns)]
    if "kept" in models:
        models = models[models["kept"]]
    models = models.assign(group=models["group"].replace("", None).fillna("unknown"))
    for x, y in pairs:
        both = pd.DataFrame({"x": model_values(metrics, x), "y": model_values(metrics, y)}).dropna()
        part = models[["model", "group"]].merge(both, left_on="model", right_index=True)
        parts.append(part.assign(x_name=x.label, y_name=y.label))
    return pd.concat(parts[1:] or parts, ignore_index=True)[columns]


def with_interval(frame: pd.DataFrame, by: list[str], confidence: float = 0.95) -> pd.DataFrame:
    """`frame` with the columns mean, low, high and n of `value` within each group of `by`.

    low and high (Student's t) are missing where a group has one row.
    """
    rows = []
    for key, values in frame.groupby(by, sort=False, dropna=False)["value"]:
        found = mean_interval(values, confidence)
        shown = {"mean": found.value, "low": found.low, "high": found.high, "n": found.n}
        rows.append(dict(zip(by, key, strict=True)) | shown)
    return frame.merge(pd.DataFrame(rows, columns=[*by, "mean", "low", "high", "n"]), on=by)
