"""Model tables and metric tables as one frame: a row per model, a column per number."""

import pandas as pd

from modgap.errors import InputError


def model_frame(models: pd.DataFrame, metrics: pd.DataFrame) -> pd.DataFrame:
    """`models` with one column per metric, named `metric`, or `metric:modality` if it has several.

    `metrics` is a tidy metric table with each metric once per model: name the data set by leaving
    the others out. Raises `InputError` for a model that has a metric twice or no metric at all.
    """
    repeated = metrics.duplicated(["model", "metric", "modality"])
    if repeated.any():
        first = metrics[repeated].iloc[0]
        raise InputError(
            f"metric table: model {first['model']!r} has {first['metric']!r} more than once; "
            "keep the rows of one data set"
        )
    both = metrics["modality"] == "both"
    column = metrics["metric"].where(both, metrics["metric"] + ":" + metrics["modality"])
    wide = metrics.assign(column=column).pivot(index="model", columns="column", values="value")
    missing = sorted(set(models["model"]) - set(wide.index))
    if missing:
        raise InputError(f"metric table: no metric of the models {', '.join(missing)}")
    return models.merge(wide.reset_index(), on="model")
