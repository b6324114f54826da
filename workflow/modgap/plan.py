"""Which models a study measures on which data sets, and which of them it looks into."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modgap.errors import InputError, nearest
from modgap.studies import MAD_CLASSES, TrainedModel
from modgap.zoo.sheet import PretrainedModel

Pair = tuple[str, str]


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
    close_up: Iterable[str],
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
        return Plan(tuple(own), here, classes, (*here, *classes), here)
    single = [roles[role] for role in ("retrieval", "classification") if roles[role]]
    everywhere = dict.fromkeys([*single, *roles["attributes"]])
    looked_into = [name for name, row in pretrained.items() if row.close_up]
    ideal_words = [name for name, row in pretrained.items() if row.ideal_words]
    return Plan(
        tuple(own) + tuple((name, dataset) for name in pretrained for dataset in everywhere),
        _pairs(looked_into, [roles["retrieval"]] if roles["retrieval"] else []),
        _pairs(looked_into, [roles["classification"]] if roles["classification"] else []),
        _pairs(looked_into, roles["class_sets"]),
        _pairs(ideal_words, roles["attributes"]),
    )


def check_roles(roles: Mapping[str, str | list[str]], datasets: Iterable[str]) -> list[str]:
    """The data sets that `pretrained` names; raises `InputError` for one that is not declared.

    Also raises it if there are models but no data set to measure them on.
    """
    named = []
    for role in ("retrieval", "classification", "attributes", "class_sets"):
        here = [roles[role]] if isinstance(roles[role], str) else roles[role]
        for name in filter(None, here):
            if name not in datasets:
                raise InputError(
                    f"configuration: pretrained.{role} names the unknown data set {name!r}; "
                    f"{nearest(name, list(datasets), 'rows of datasets.tsv')}"
                )
            named.append(name)
    if roles["models"] and not named:
        raise InputError(
            "configuration: pretrained.models names models but no data set to measure them on; "
            "set pretrained.retrieval, classification or attributes to rows of datasets.tsv"
        )
    return list(dict.fromkeys(named))


def _pairs(models: Iterable[str], datasets: Iterable[str]) -> tuple[Pair, ...]:
    return tuple((model, dataset) for model in models for dataset in datasets)
