"""Which models a study measures on which data sets, and which of them it looks into."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from modgap.errors import InputError, nearest
from modgap.study.datasets import ADAPTER_ROLES, DatasetRow
from modgap.study.experiments import MAD_CLASSES, TrainedModel
from modgap.study.models import PretrainedModel

Pair = tuple[str, str]
# The roles of the data sets that every model is measured on.
_MEASURED = ("retrieval", "classification", "attributes")


@dataclass(frozen=True)
class Plan:
    """Pairs (model, data set) of a study.

    `measured`: all metrics; `retrieval`, `classification`, `class_sets`, `ideal_words`: what the
    close-up models are looked into for (fig4 and fig12; fig11; table2; table5).
    """

    measured: tuple[Pair, ...]
    retrieval: tuple[Pair, ...]
    classification: tuple[Pair, ...]
    class_sets: tuple[Pair, ...]
    ideal_words: tuple[Pair, ...]

    @property
    def embedded(self) -> tuple[Pair, ...]:
        """Every pair that needs embeddings, each once."""
        roles = (self.retrieval, self.classification, self.class_sets, self.ideal_words)
        return tuple(dict.fromkeys([*self.measured, *(pair for role in roles for pair in role)]))

    @property
    def datasets(self) -> list[str]:
        """Every data set of the study, sorted."""
        return sorted({dataset for _, dataset in self.embedded})


def plan_of(
    trained: Mapping[str, TrainedModel],
    pretrained: Mapping[str, PretrainedModel],
    close_up: Collection[str],
    roles: Mapping[str, str | list[str]],
) -> Plan:
    """The plan of a study.

    `roles` is the configuration's `pretrained`: the data set or data sets of each role. `close_up`
    names models as `close_up_models` returns them. Pretrained ones are looked into on the data sets
    of the roles, trained ones on their own kind of captions, and on MAD's classes where the paper
    takes a data set without captions. Ideal words are of the close-up models, unless models.tsv
    marks some of the pretrained ones for them.
    """
    own = [(name, model.dataset) for name, model in trained.items()]
    if not pretrained:
        here = tuple((name, trained[name].dataset) for name in close_up)
        classes = tuple((name, MAD_CLASSES) for name in close_up)
        return Plan(
            measured=tuple(own),
            retrieval=here,
            classification=classes,
            class_sets=(*here, *classes),
            ideal_words=here,
        )
    retrieval, classification = (
        [roles[role]] if roles[role] else [] for role in ("retrieval", "classification")
    )
    everywhere = dict.fromkeys([*retrieval, *classification, *roles["attributes"]])
    ideal_words = [name for name, row in pretrained.items() if row.ideal_words] or close_up
    return Plan(
        measured=(*own, *_pairs(pretrained, everywhere)),
        retrieval=_pairs(close_up, retrieval),
        classification=_pairs(close_up, classification),
        class_sets=_pairs(close_up, roles["class_sets"]),
        ideal_words=_pairs(ideal_words, roles["attributes"]),
    )


def close_up_models(
    names: Collection[str],
    trained: Mapping[str, TrainedModel],
    pretrained: Mapping[str, PretrainedModel],
) -> list[str]:
    """The configuration's close_up: pretrained models if the study has any, else trained ones.

    Raises `InputError` for the first name that is none of them.
    """
    kind, known = ("pretrained", pretrained) if pretrained else ("trained", trained)
    for name in names:
        if name not in known:
            hint = nearest(name, known)
            if hint.startswith("known") and pretrained:
                hint = "name some of pretrained.models"
            raise InputError(
                f"configuration: close_up names {name!r}, none of the study's {kind} models; "
                f"{hint} ([] looks into none)"
            )
    return list(names)


def check_folders(folders: Collection[str], datasets: Mapping[str, DatasetRow]) -> None:
    """Raise `InputError` for a key of the configuration's folders that no data set looks up."""
    known = list(dict.fromkeys(row.folder for row in datasets.values()))
    for key in folders:
        if key not in known:
            raise InputError(
                f"configuration: folders.{key}: no data set has this folder; "
                f"{nearest(key, known, 'the column folder of datasets.tsv has')}"
            )


def check_names(key: str, names: Collection[str], datasets: Collection[str]) -> None:
    """Raise `InputError` for the first name under a configuration key that is no data set."""
    for name in names:
        if name not in datasets:
            raise InputError(
                f"configuration: {key} names the unknown data set {name!r}; "
                f"{nearest(name, datasets, 'rows of datasets.tsv')}"
            )


def check_roles(roles: Mapping[str, str | list[str]], datasets: Mapping[str, DatasetRow]) -> None:
    """Raise `InputError` for a data set in `roles` that is none of `datasets`, or unfit for it.

    Also raise it if there are models but no data set to measure them on: the class sets are only
    looked into, with the close-up models.
    """
    for role in (*_MEASURED, "class_sets"):
        here = [roles[role]] if isinstance(roles[role], str) else roles[role]
        for name in filter(None, here):
            _check_role(role, name, datasets)
    if roles["models"] and not any(roles[role] for role in _MEASURED):
        raise InputError(
            "configuration: pretrained.models names models but no data set to measure them on; "
            "set pretrained.retrieval, classification or attributes to rows of datasets.tsv"
        )


def _check_role(role: str, name: str, datasets: Mapping[str, DatasetRow]) -> None:
    check_names(f"pretrained.{role}", [name], datasets)
    possible = ADAPTER_ROLES[datasets[name].adapter]
    if role not in possible:
        fit = [other for other, row in datasets.items() if role in ADAPTER_ROLES[row.adapter]]
        raise InputError(
            f"configuration: pretrained.{role} names {name!r}, but adapter "
            f"{datasets[name].adapter!r} makes a data set for {' or '.join(possible)}; data sets "
            f"for {role}: {', '.join(fit) or 'none in datasets.tsv'}"
        )


def _pairs(models: Collection[str], datasets: Collection[str]) -> tuple[Pair, ...]:
    return tuple((model, dataset) for model in models for dataset in datasets)
