"""What figures, tables and correlations are about: one number per model, out of metric tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from modgap.errors import InputError

# Before the name of a score in a metric table: what it would be by chance.
_CHANCE = "chance:"
_SCORES = ("zero_shot:", "zero_shot_captions:", "recall@")


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
    def is_score(self) -> bool:
        """Whether it is an accuracy or a recall, or the chance of one."""
        return self.metrics[0].removeprefix(_CHANCE).startswith(_SCORES)

    @property
    def scale(self) -> float:
        """100 for accuracies and recalls, stored as fractions and shown in per cent; else 1."""
        return 100.0 if self.is_score else 1.0

    @property
    def chance(self) -> "Quantity":
        """What it would be by chance, if it is a score."""
        metrics = tuple(f"{_CHANCE}{metric}" for metric in self.metrics)
        return replace(self, label=f"chance of {self.label}", metrics=metrics)

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
RECALL_IMAGE_TO_TEXT = Quantity("retrieval R@1, image to text [%]", ("recall@1",), "image_to_text")
RECALL_TEXT_TO_IMAGE = Quantity("retrieval R@1, text to image [%]", ("recall@1",), "text_to_image")
OBJECT = Quantity("zero-shot object [%]", ("zero_shot:object",))
ATTRIBUTES = Quantity("zero-shot attributes [%]", ("zero_shot:attributes",))
# From captions that hold the class in place of its words, where a data set has them.
OBJECT_BY_CAPTIONS = Quantity("object, by captions [%]", ("zero_shot_captions:object",))
ATTRIBUTES_BY_CAPTIONS = Quantity("attributes, by captions [%]", ("zero_shot_captions:attributes",))

# Role → its quantities on a model's own data set, and their labels on a data set with a title.
_ROLES = {
    "retrieval": (
        (RECALL_IMAGE_TO_TEXT, "{} R@1, image to text [%]"),
        (RECALL_TEXT_TO_IMAGE, "{} R@1, text to image [%]"),
    ),
    "classification": ((OBJECT, "{} top-1 [%]"),),
    "attributes": ((ATTRIBUTES, "{} attribute accuracy [%]"),),
}


def role_quantities(
    data: Mapping[str, Sequence[str]], titles: Mapping[str, str]
) -> dict[str, tuple[Quantity, ...]]:
    """The quantities that an experiment's data sets are there for.

    Parameters
    ----------
    data
        Role (retrieval, classification, attributes) → names of data sets; "" is each model's own.
    titles
        Data set → its name as readers know it; a data set without one goes by its own name.

    Returns
    -------
    dict
        Role → quantities, in the order of the data sets: recall@1 from image to text and from text
        to image, accuracy on the object factor, mean accuracy over the attribute factors. Roles
        without a data set are absent.

    Raises
    ------
    InputError
        For an unknown role, or one text where a list of names is expected.

    Examples
    --------
    >>> quantities = role_quantities({"classification": ["photos"]}, {"photos": "My photos"})
    >>> quantities["classification"][0].label, quantities["classification"][0].name
    ('My photos top-1 [%]', 'photos/zero_shot:object')
    """
    for role, names in data.items():
        if role not in _ROLES:
            raise InputError(f"role {role!r}; expected one of {', '.join(_ROLES)}")
        if isinstance(names, str):
            raise InputError(f"role {role!r}: {names!r}, expected a list of data sets")
    return {
        role: tuple(
            replace(own, label=label.format(titles.get(name, name)), dataset=name) if name else own
            for name in data[role]
            for own, label in quantities
        )
        for role, quantities in _ROLES.items()
        if data.get(role)
    }


def model_values(metrics: pd.DataFrame, quantity: Quantity) -> pd.Series:
    """The quantity of each model that has it.

    Parameters
    ----------
    metrics
        A tidy metric table: model, dataset, metric, modality, value, ….
    quantity
        What to read.

    Returns
    -------
    pandas.Series
        Indexed by model, in per cent where `Quantity.scale` is 100. Models with a missing value, or
        without all of the quantity's metrics, are left out.

    Raises
    ------
    InputError
        If no model at all was measured for the quantity, or if one has a metric several times, that
        is on several data sets where the quantity names none.
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
