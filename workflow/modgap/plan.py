"""Which models a study measures on which data sets, and which of them it looks into."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from modgap.errors import InputError, nearest
from modgap.studies import MAD_CLASSES, TrainedModel
from modgap.zoo.sheet import PretrainedModel

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

    `roles` is the configuration's `pretrained`: the data set or data sets of each role. The
    close-up models are those marked in models.tsv if the study measures pretrained ones, else the
    trained ones named in `close_up`: these are looked into on their own kind of captions, and on
    MAD's classes where the paper takes a data set without captions.
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
    looked_into = [name for name, row in pretrained.items() if row.close_up]
    ideal_words = [name for name, row in pretrained.items() if row.ideal_words]
    return Plan(
        measured=(*own, *_pairs(pretrained, everywhere)),
        retrieval=_pairs(looked_into, retrieval),
        classification=_pairs(looked_into, classification),
        class_sets=_pairs(looked_into, roles["class_sets"]),
        ideal_words=_pairs(ideal_words, roles["attributes"]),
    )


def check_roles(roles: Mapping[str, str | list[str]], datasets: Collection[str]) -> None:
    """Raise `InputError` for a data set in `roles` that is none of `datasets`.

    Also raise it if there are models but no data set to measure them on: the class sets are only
    looked into, with the close-up models.
    """
    for role in (*_MEASURED, "class_sets"):
        here = [roles[role]] if isinstance(roles[role], str) else roles[role]
        for name in filter(None, here):
            if name not in datasets:
                raise InputError(
                    f"configuration: pretrained.{role} names the unknown data set {name!r}; "
                    f"{nearest(name, datasets, 'rows of datasets.tsv')}"
                )
    if roles["models"] and not any(roles[role] for role in _MEASURED):
        raise InputError(
            "configuration: pretrained.models names models but no data set to measure them on; "
            "set pretrained.retrieval, classification or attributes to rows of datasets.tsv"
        )


def _pairs(models: Collection[str], datasets: Collection[str]) -> tuple[Pair, ...]:
    return tuple((model, dataset) for model in models for dataset in datasets)
