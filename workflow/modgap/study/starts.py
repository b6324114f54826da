"""What models start from: random weights, or another model of the study."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from modgap.errors import InputError, nearest
from modgap.study.contents import Experiment, Model
from modgap.study.training_sets import check_start

# Kinds of models that may start from others of the kind, and the source of experiments of such.
_SOURCES_OF = {"trained": "train", "sharded": "shards"}


def random_model(architecture: str, seed: int) -> Model:
    """An architecture of random weights."""
    name = f"{architecture}-random-s{seed}"
    return Model(name, "random", architecture=architecture, seed=seed)


def random_starts(models: Iterable[Model]) -> dict[str, Model]:
    """The random weights that models trained on shards start from."""
    wanted = [model for model in models if model.shards and not model.shards.start]
    made = [random_model(model.shards.architecture, model.seed) for model in wanted]
    return {model.name: model for model in made}


def with_starts(
    models: dict[str, Model], experiments: Mapping[str, Experiment]
) -> dict[str, Model]:
    """Each model with the name of the model that it starts from, if any.

    Raises `InputError` naming the model for a start that the study does not train, one that does
    not fit, several that do, or a circle.
    """
    started = {}
    for name, model in models.items():
        own = model.settings or model.shards
        start = _start(name, own.start, models, experiments) if own and own.start else ""
        if model.shards and not start:
            start = random_model(model.shards.architecture, model.seed).name
        started[name] = replace(model, start=start)
    for name, model in started.items():
        _check_circle(name, started)
        if model.settings and model.start:
            check_start(name, model.settings, model.start, models[model.start].settings)
    return started


def _start(
    name: str, wanted: str, models: Mapping[str, Model], experiments: Mapping[str, Experiment]
) -> str:
    """The model of the same kind that `wanted` means: itself one, or an experiment of such."""
    place = f"configuration: model {name!r}: from: {wanted!r}"
    kind, source = models[name].kind, _SOURCES_OF[models[name].kind]
    trained = [key for key, model in models.items() if model.kind == kind]
    if wanted in trained or (kind == "sharded" and _is_fetched(models.get(wanted))):
        return wanted
    sources = [key for key, each in experiments.items() if each.source == source]
    if wanted not in sources:
        hint = nearest(wanted, [*trained, *sources])
        hint = "name one, or such an experiment" if hint.startswith("known") else hint
        raise InputError(f"{place} is no model that the study trains; {hint}")
    own = _named_settings(models[name])
    ours = [_named_settings(models[key]) for key in experiments[wanted].models]
    varied = [key for key in own if len({repr(each[key]) for each in ours}) > 1]
    same = [
        key
        for key, each in zip(experiments[wanted].models, ours, strict=True)
        if all(each[setting] == own[setting] for setting in varied)
    ]
    if len(same) != 1:
        raise InputError(
            f"{place}: {len(same)} of its models have the same {', '.join(varied)}; expected one"
        )
    return same[0]


def _is_fetched(model: Model | None) -> bool:
    return model is not None and model.kind in ("open_clip", "hub", "folder")


def _named_settings(model: Model) -> dict[str, Any]:
    return (model.settings or model.shards).named()


def _check_circle(name: str, models: Mapping[str, Model]) -> None:
    path = [name]
    while start := models[path[-1]].start:
        if start in path:
            circle = " → ".join([*path, start])
            raise InputError(f"configuration: from goes round in a circle: {circle}")
        path.append(start)
