"""From tidy metric tables to the numbers that figures and tables show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from modgap.data.captions import FACTORS
from modgap.errors import InputError
from modgap.stats import mean_interval

MAD_ATTRIBUTES = FACTORS[1:]


@dataclass(frozen=True)
class Quantity:
    """One number per model: a metric, or the mean of several, in one modality.

    `label` is what axes and tables call it; accuracies and recalls are shown in per cent and their
    label says so. `dataset` "" stands for the one data set that each model was measured on.
    """

    label: str
    metrics: tuple[str, ...]
    modality: str = "both"
    dataset: str = ""

    @property
    def scale(self) -> float:
        """100 for accuracies and recalls, stored as fractions and shown in per cent; else 1."""
        return 100.0 if self.metrics[0].startswith(("zero_shot:", "recall@")) else 1.0

    def on(self, dataset: str) -> "Quantity":
        """The same quantity on another data set."""
        return replace(self, dataset=dataset)


L2M = Quantity("L2M", ("l2m",))
RMG = Quantity("RMG", ("rmg",))
RECALL_IMAGE_TO_TEXT = Quantity("retrieval R@1, image to text [%]", ("recall@1",), "image_to_text")
RECALL_TEXT_TO_IMAGE = Quantity("retrieval R@1, text to image [%]", ("recall@1",), "text_to_image")
DIGIT = Quantity("zero-shot digit [%]", ("zero_shot:digit",))
ATTRIBUTES = Quantity(
    "zero-shot attributes, mean [%]", tuple(f"zero_shot:{name}" for name in MAD_ATTRIBUTES)
)
MOAD_IMAGE = Quantity("MOAD, image", ("moad",), "image")
MOAD_TEXT = Quantity("MOAD, text", ("moad",), "text")
MAD_SCORES = (RECALL_IMAGE_TO_TEXT, RECALL_TEXT_TO_IMAGE, DIGIT)


def model_values(metrics: pd.DataFrame, quantity: Quantity) -> pd.Series:
    """The quantity of each model that has it, indexed by model; missing values are left out.

    `metrics` is a tidy metric table (model, dataset, metric, modality, value, …). A model without
    all of the quantity's metrics is left out. Raises `InputError` if a model has a metric several
    times, that is on several data sets where the quantity names none.
    """
    rows = metrics[metrics["metric"].isin(quantity.metrics)]
    rows = rows[rows["modality"] == quantity.modality]
    if quantity.dataset:
        rows = rows[rows["dataset"] == quantity.dataset]
    repeated = rows.duplicated(["model", "metric"])
    if repeated.any():
        model, metric = rows.loc[repeated, ["model", "metric"]].iloc[0]
        datasets = sorted(rows.loc[rows["model"] == model, "dataset"].unique())
        raise InputError(
            f"metric table: model {model!r} has {metric!r} ({quantity.modality}) more than once, "
            f"on {datasets}; name the data set of {quantity.label!r}"
        )
    wide = rows.pivot(index="model", columns="metric", values="value")
    wide = wide.reindex(columns=quantity.metrics).dropna()
    return wide.mean(axis="columns") * quantity.scale


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
                f"metric table: none of the {len(models)} models has {list(quantity.metrics)} "
                f"({quantity.modality}, data set {quantity.dataset or 'any'}); it has "
                f"{sorted(metrics['metric'].unique())}"
            )
        parts.append(part.assign(quantity=quantity.label))
    return pd.concat(parts, ignore_index=True)


def pairs_of(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    pairs: Sequence[tuple[Quantity, Quantity]],
) -> pd.DataFrame:
    """Two quantities against each other: one row per pair and model that has both.

    Returns the columns model, group, x_name, x, y_name, y, in the order of `pairs`.
    """
    parts = []
    for x, y in pairs:
        both = pd.DataFrame({"x": model_values(metrics, x), "y": model_values(metrics, y)}).dropna()
        part = models[["model", "group"]].merge(both, left_on="model", right_index=True)
        parts.append(part.assign(x_name=x.label, y_name=y.label))
    frame = pd.concat(parts, ignore_index=True)
    return frame[["model", "group", "x_name", "x", "y_name", "y"]]


def with_interval(frame: pd.DataFrame, by: list[str], confidence: float = 0.95) -> pd.DataFrame:
    """`frame` with the columns mean, low, high and n of `value` within each group of `by`.

    low and high (Student's t) are missing where a group has one row.
    """
    rows = []
    for key, values in frame.groupby(by, sort=False)["value"]:
        found = mean_interval(values, confidence)
        shown = {"mean": found.value, "low": found.low, "high": found.high, "n": found.n}
        rows.append(dict(zip(by, key, strict=True)) | shown)
    return frame.merge(pd.DataFrame(rows, columns=[*by, "mean", "low", "high", "n"]), on=by)
