"""Roles of data sets: what an experiment measures its models on."""

from collections.abc import Collection, Mapping

from modgap.errors import InputError, nearest
from modgap.study.config import ROLES, ExperimentConfig
from modgap.study.contents import OWN, Model
from modgap.study.datasets import DatasetRow
from modgap.study.mad_datasets import is_mad, mad_captions


def data_of_roles(
    name: str,
    declared: ExperimentConfig,
    models: Collection[Model],
    datasets: Mapping[str, DatasetRow],
) -> dict[str, tuple[str, ...]]:
    """The data sets of each role of an experiment of `models`.

    Raises `InputError` naming the key for an unknown role or data set, one that does not fit its
    role, and models that have no data set of their own, or that one alone.
    """
    data = {}
    for role, names in declared.data.items():
        place = f"configuration: experiments.{name}.data.{role}"
        if role not in ROLES:
            raise InputError(f"{place}: unknown role; {nearest(role, ROLES, 'roles')}")
        for dataset in names:
            _check_role(place, role, dataset, datasets)
        if OWN in names and any(not model.own_data for model in models):
            without = next(model.name for model in models if not model.own_data)
            raise InputError(
                f"{place} is own, but model {without!r} has no data set of its own; name a row of "
                "datasets.tsv"
            )
        made = [model.name for model in models if model.kind == "embeddings"]
        if made and names != [OWN]:
            raise InputError(
                f"{place} names {', '.join(names)}, but the embeddings {made[0]!r} are of their "
                "own data set alone; set it to own"
            )
        data[role] = tuple(dict.fromkeys(names))
    if not any(data.values()):
        raise InputError(
            f"configuration: experiments.{name}.data names no data set to measure its models on; "
            f"set some of {', '.join(ROLES)}"
        )
    return data


def _check_role(place: str, role: str, dataset: str, datasets: Mapping[str, DatasetRow]) -> None:
    if dataset == OWN or (is_mad(dataset) and _fits_mad(role, dataset)):
        return
    if is_mad(dataset):
        raise InputError(f"{place} names {dataset!r}, which has no captions")
    if dataset.startswith("mad-") and dataset not in datasets:
        try:
            mad_captions(dataset)
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
    if dataset not in datasets:
        hint = nearest(dataset, list(datasets), "rows of datasets.tsv")
        raise InputError(f"{place} names the unknown data set {dataset!r}; {hint}")
    possible = datasets[dataset].roles.split()
    if role not in possible:
        fit = [other for other, row in datasets.items() if role in row.roles.split()]
        raise InputError(
            f"{place} names {dataset!r}, a data set for {' or '.join(possible)}; data sets for "
            f"{role}: {', '.join(fit) or 'none in datasets.tsv'}"
        )


def _fits_mad(role: str, dataset: str) -> bool:
    return mad_captions(dataset) is not None or role in ("classification", "class_sets")
