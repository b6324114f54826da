"""What figures, tables and correlations are about: one number per model, out of metric tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from modgap.errors import InputError


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

    @property
    def name(self) -> str:
        """Its name in result tables: data set / metric : modality, as far as they say something."""
        metric = "+".join(self.metrics)
        if self.modality != "both":
            metric = f"{metric}:{self.modality}"
        return f"{self.dataset}/{metric}" if self.dataset else metric

    def on(self, dataset: str) -> "Quantity":
        """The same quantity on another data set."""
        return replace(self, dataset=dataset)


L2M = Quantity("L2M", ("l2m",))
RMG = Quantity("RMG", ("rmg",))
MOAD_IMAGE = Quantity("MOAD, image", ("moad",), "image")
MOAD_TEXT = Quantity("MOAD, text", ("moad",), "text")
OBJECT = Quantity("zero-shot object [%]", ("zero_shot:object",))
ATTRIBUTES = Quantity("zero-shot attributes [%]", ("zero_shot:attributes",))
_DIRECTIONS = {"image_to_text": "image to text", "text_to_image": "text to image"}


def role_quantities(
    data: Mapping[str, str | Sequence[str]], titles: Mapping[str, str]
) -> dict[str, tuple[Quantity, ...]]:
    """The quantities of each role that an experiment's data sets have; "own" is the models' own."""
    chosen = {role: [names] if isinstance(names, str) else [*names] for role, names in data.items()}
    makers = {"retrieval": _retrieval, "classification": _top1, "attributes": _attributes}
    return {
        role: tuple(
            quantity
            for name in chosen[role]
            for quantity in make("" if name == "own" else name, titles.get(name, name))
        )
        for role, make in makers.items()
        if chosen.get(role)
    }


def _retrieval(dataset: str, title: str) -> list[Quantity]:
    name = f"{title} R@1" if dataset else "retrieval R@1"
    return [
        Quantity(f"{name}, {words} [%]", ("recall@1",), direction, dataset)
        for direction, words in _DIRECTIONS.items()
    ]


def _top1(dataset: str, title: str) -> list[Quantity]:
    if not dataset:
        return [OBJECT]
    return [Quantity(f"{title} top-1 [%]", OBJECT.metrics, dataset=dataset)]


def _attributes(dataset: str, title: str) -> list[Quantity]:
    if not dataset:
        return [ATTRIBUTES]
    return [Quantity(f"{title} attribute accuracy [%]", ATTRIBUTES.metrics, dataset=dataset)]


def model_values(metrics: pd.DataFrame, quantity: Quantity) -> pd.Series:
    """The quantity of each model that has it, indexed by model; missing values are left out.

    `metrics` is a tidy metric table (model, dataset, metric, modality, value, …). A model without
    all of the quantity's metrics is left out. Raises `InputError` if no model at all was measured
    for the quantity, or if one has a metric several times, that is on several data sets where the
    quantity names none.
    """
    rows = metrics[metrics["metric"].isin(quantity.metrics)]
    rows = rows[rows["modality"] == quantity.modality]
    if quantity.dataset:
        rows = rows[rows["dataset"] == quantity.dataset]
    if absent := sorted(set(quantity.metrics) - set(rows["metric"])):
        raise InputError(
            f"metric table: no model has {absent} ({quantity.modality}, data set "
            f"{quantity.dataset or 'any'}); it has {sorted(metrics['metric'].unique())} on "
            f"{sorted(metrics['dataset'].unique())}"
        )
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
