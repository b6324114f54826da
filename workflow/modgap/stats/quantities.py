"""What figures, tables and correlations are about: one number per model, out of metric tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from modgap.errors import InputError

MAD_ATTRIBUTES = ("thickness", "swelling", "fracture", "scale", "colour")


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
RECALL_IMAGE_TO_TEXT = Quantity("retrieval R@1, image to text [%]", ("recall@1",), "image_to_text")
RECALL_TEXT_TO_IMAGE = Quantity("retrieval R@1, text to image [%]", ("recall@1",), "text_to_image")
DIGIT = Quantity("zero-shot digit [%]", ("zero_shot:digit",))
ATTRIBUTES = Quantity(
    "zero-shot attributes, mean [%]", tuple(f"zero_shot:{name}" for name in MAD_ATTRIBUTES)
)
MOAD_IMAGE = Quantity("MOAD, image", ("moad",), "image")
MOAD_TEXT = Quantity("MOAD, text", ("moad",), "text")
MAD_SCORES = (RECALL_IMAGE_TO_TEXT, RECALL_TEXT_TO_IMAGE, DIGIT)
MAD_OBJECTS = (RECALL_IMAGE_TO_TEXT, DIGIT)

# What readers call the data sets of config/datasets.tsv; others go by their own name.
_TITLES = {
    "coco": "COCO",
    "imagenet": "ImageNet",
    "mit-states": "MIT-States",
    "ut-zappos": "UT-Zappos",
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "flickr8k": "Flickr8k",
    "flickr30k": "Flickr30k",
}


def title_of(dataset: str) -> str:
    """A data set's name as readers know it."""
    return _TITLES.get(dataset, dataset)


def study_quantities(roles: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[Quantity, ...]]:
    """The quantities that a study's artifacts show, by what they are there for.

    `scores`: performance (fig3, table1, table3, table4); `objects`: performance on objects (fig5b);
    `attributes`: accuracy on attributes (fig5a, fig5b). `roles` says which data sets have which
    role, as the configuration's `pretrained` does: retrieval and classification name one data set,
    attributes several, "" or [] none. Without any role the study is the controlled zoo, and the
    quantities are MAD's.
    """
    if not any(roles.values()):
        return {"scores": MAD_SCORES, "objects": MAD_OBJECTS, "attributes": (ATTRIBUTES,)}
    scores, objects = [], []
    if dataset := roles.get("retrieval"):
        title = f"{title_of(dataset)} R@1"
        for direction in ("image_to_text", "text_to_image"):
            label = f"{title}, {direction.replace('_', ' ')} [%]"
            scores.append(Quantity(label, ("recall@1",), direction, dataset))
        objects.append(scores[0])
    if dataset := roles.get("classification"):
        scores.append(
            Quantity(f"{title_of(dataset)} top-1 [%]", ("zero_shot:class",), dataset=dataset)
        )
        objects.append(scores[-1])
    attributes = [
        Quantity(
            f"{title_of(dataset)} attribute accuracy [%]", ("zero_shot:attribute",), dataset=dataset
        )
        for dataset in roles.get("attributes", ())
    ]
    return {"scores": tuple(scores), "objects": tuple(objects), "attributes": tuple(attributes)}


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
