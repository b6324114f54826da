"""What later theory speaks of, for every model: subspaces, the gap's direction, margins."""

import pandas as pd

# Column → the metric of both modalities that it holds.
_METRICS = {
    "l2m": "l2m",
    "rmg": "rmg",
    "subspace_angle": "subspace_angle",
    "gap_cosine": "gap_cosine",
    "margin": "margin",
    "margin_one_percent": "margin:one_percent",
    "separability": "linear_separability",
}
_NAMES = ["model", "dataset", "loss", "seed"]


def headings() -> dict[str, str]:
    """All columns."""
    return {
        "model": "model",
        "dataset": "data set",
        "loss": "loss",
        "seed": "seed",
        "l2m": "L2M",
        "rmg": "RMG",
        "subspace_angle": "angle of the subspaces",
        "gap_cosine": "cosine of gap and embeddings",
        "margin": "margin, hardest pair",
        "margin_one_percent": "margin, all but 1 %",
        "separability": "linear separability",
    }


def numbers(metrics: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """One row per model and data set that it was measured on.

    Parameters
    ----------
    metrics, models
        Metric table and model table.

    Returns
    -------
    pandas.DataFrame
        The columns of `headings`. Missing: loss and seed of models that were not trained here, and
        what was not measured, such as an angle in too few dimensions.
    """
    own = metrics[(metrics["modality"] == "both") & metrics["metric"].isin(_METRICS.values())]
    wide = own.pivot(index=["model", "dataset"], columns="metric", values="value").reset_index()
    table = models.reindex(columns=["model", "loss", "seed"]).merge(wide, on="model")
    table = table.rename(columns={metric: column for column, metric in _METRICS.items()})
    return table.reindex(columns=[*_NAMES, *_METRICS])
