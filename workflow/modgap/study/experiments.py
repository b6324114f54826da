"""Experiments: named sets of models, whatever they come from, and the data sets of each role."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from modgap.errors import InputError, nearest
from modgap.study.config import ROLES, SOURCES, ExperimentConfig, StudyConfig, checked
from modgap.study.datasets import DatasetRow
from modgap.study.item_knowledge import encoders
from modgap.study.mad_datasets import is_mad, mad_captions
from modgap.study.model_settings import GridSettings, ModelSettings
from modgap.study.models import ModelRow, chosen_models
from modgap.study.shards import ShardSettings
from modgap.study.training_sets import (
    check_factors,
    check_grid_fits,
    check_start,
    check_temperatures,
    check_towers,
    own_data,
)

_FILE_NAME = "[A-Za-z0-9][A-Za-z0-9._+-]*"
# In `data`: each model's own data set.
OWN = "own"
# Kinds of models that may start from others of the kind, and the source of experiments of such.
_SOURCES_OF = {"trained": "train", "sharded": "shards"}


@dataclass(frozen=True)
class Model:
    """One model of a study.

    `kind`: "trained" has `settings`; "sharded", trained on shards, has `shards`; "random" an
    architecture with random weights from a `seed`; the kinds of config/models.tsv have a `row`.
    `own_data`: the data set with the model's own kind of captions, or that its embeddings are of;
    "" if there is none. `start`: the model that a trained one starts from, "" for random weights.
    """

    name: str
    kind: str
    own_data: str = ""
    settings: ModelSettings | None = None
    row: ModelRow | None = None
    architecture: str = ""
    seed: int = 0
    start: str = ""
    shards: ShardSettings | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is trained with CLIP's own loss and a learnt temperature, from the start."""
        own = self.settings
        return bool(own) and not self.start and own.loss == "clip" and own.learnable_temperature


@dataclass(frozen=True)
class Experiment:
    """A named set of models and the data sets of each role, `OWN` among them."""

    name: str
    source: str
    models: tuple[str, ...]
    data: Mapping[str, tuple[str, ...]]
    stands_for: str


def expand(
    config: StudyConfig, sheet: Mapping[str, ModelRow], datasets: Mapping[str, DatasetRow]
) -> tuple[dict[str, Model], dict[str, Experiment]]:
    """All models of a study by name, and its experiments.

    Raises `InputError` naming the experiment's key for one with no source or with two, an unknown
    name, a setting out of range, or a data set that does not fit its role.
    """
    models: dict[str, Model] = {}
    experiments: dict[str, Experiment] = {}
    waiting = []
    for name, declared in config.experiments.items():
        source = _source(name, declared)
        if source == "models":
            waiting.append((name, declared))
            experiments[name] = Experiment(name, source, (), {}, declared.stands_for)
            continue
        own = _models(name, source, declared, config, sheet)
        for key in own.keys() & models.keys():
            if own[key] != models[key]:
                first = next(e.name for e in experiments.values() if key in e.models)
                raise InputError(
                    f"configuration: experiments.{name} and experiments.{first} both have a model "
                    f"{key!r}, and they are not the same; rename one of the experiments, or the "
                    "row of models.tsv"
                )
        models |= own
        data = _data(name, declared, own.values(), datasets)
        experiments[name] = Experiment(name, source, tuple(own), data, declared.stands_for)
    for name, declared in waiting:
        taken = _named(name, declared, models, experiments)
        data = _data(name, declared, [models[model] for model in taken], datasets)
        experiments[name] = replace(experiments[name], models=tuple(taken), data=data)
    started = _with_starts(_random_starts(models.values()) | models, experiments)
    return started | _encoders(started, sheet), experiments


def _encoders(models: Mapping[str, Model], sheet: Mapping[str, ModelRow]) -> dict[str, Model]:
    """The models of the sheet that say how alike the items of a training set are."""
    found = {}
    for model in (each for each in models.values() if each.settings):
        for key, name in encoders(model.settings.loss_settings, model.start).items():
            if name in models or not name:
                continue
            if name not in sheet or sheet[name].kind == "embeddings":
                known = [other for other, row in sheet.items() if row.kind == "package"]
                raise InputError(
                    f"configuration: model {model.name!r}: loss_settings: {key} {name!r} is no "
                    f"model of models.tsv; {nearest(str(name), known, 'encoders')}"
                )
            found[name] = Model(name, sheet[name].kind, row=sheet[name])
    return found


def _source(name: str, declared: ExperimentConfig) -> str:
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise InputError(
            f"configuration: experiments: the name {name!r} becomes part of file names; letters, "
            "digits, '.', '_' and '-' are allowed, the first of them a letter or digit"
        )
    given = [source for source in SOURCES if getattr(declared, source) is not None]
    if len(given) != 1:
        found = f"has {' and '.join(given)}" if given else "has none"
        raise InputError(
            f"configuration: experiments.{name}: expected exactly one of {', '.join(SOURCES)}, "
            f"which say where its models come from; it {found}. An overlay puts one source in the "
            "place of another by setting that one to null"
        )
    if declared.without and given != ["sheet"]:
        raise InputError(
            f"configuration: experiments.{name}.without leaves models out of a sheet; this "
            f"experiment has {given[0]}"
        )
    return given[0]


def _models(
    name: str,
    source: str,
    declared: ExperimentConfig,
    config: StudyConfig,
    sheet: Mapping[str, ModelRow],
) -> dict[str, Model]:
    place = f"configuration: experiments.{name}"
    if source == "train":
        return trained_models(name, declared.train, config.model)
    if source == "shards":
        grid = _grid(name, "shards", declared.shards, ShardSettings, {})
        return {key: Model(key, "sharded", shards=own, seed=own.seed) for key, own in grid.items()}
    if source == "sheet":
        rows = chosen_models(sheet, declared.sheet, declared.without, place)
        return {key: Model(key, row.kind, row=row) for key, row in rows.items()}
    if source == "random":
        made = [_random(network, seed) for network in declared.random for seed in declared.seeds]
        return {model.name: model for model in made}
    return {key: _file_model(key, sheet, place) for key in declared.files}


def _random(architecture: str, seed: int) -> Model:
    name = f"{architecture}-random-s{seed}"
    return Model(name, "random", architecture=architecture, seed=seed)


def _random_starts(models: Iterable[Model]) -> dict[str, Model]:
    """The random weights that models trained on shards start from."""
    wanted = [model for model in models if model.shards and not model.shards.start]
    made = [_random(model.shards.architecture, model.seed) for model in wanted]
    return {model.name: model for model in made}


def _file_model(key: str, sheet: Mapping[str, ModelRow], place: str) -> Model:
    known = [name for name, row in sheet.items() if row.kind == "embeddings"]
    if key not in known:
        hint = nearest(key, known, "rows of kind embeddings")
        raise InputError(f"{place}.files: no row {key!r} of kind embeddings in models.tsv; {hint}")
    return Model(key, "embeddings", own_data=key, row=sheet[key])


def trained_models(
    experiment: str, grid: Mapping[str, Any], base: ModelSettings
) -> dict[str, Model]:
    """The models of a grid: one per combination of the values of its lists.

    A name holds the experiment and the settings that the grid lists: `captions-k3-s0`. A setting
    with one value is the same for the whole experiment and not in the names.
    """
    grid_of = _grid(experiment, "train", grid, ModelSettings, base.named())
    models = {
        name: Model(name, "trained", own_data=own_data(settings), settings=settings)
        for name, settings in grid_of.items()
    }
    place = f"configuration: experiments.{experiment}.train"
    for settings in grid_of.values():
        for check in (check_factors, check_towers, check_temperatures):
            check(settings, f"experiments.{experiment}.train")
    check_grid_fits(grid, [m.settings for m in models.values()], place)
    return models


def _grid(
    experiment: str,
    source: str,
    grid: Mapping[str, Any],
    kind: type[GridSettings],
    base: Mapping[str, Any],
) -> dict[str, Any]:
    """The settings of each model of a grid by its name; `base`: those that the grid leaves out."""
    place = f"experiments.{experiment}.{source}"
    _check_grid(grid, place, kind)
    varied = [key for key in kind.names() if isinstance(grid.get(key), list)]
    fixed = {key: value for key, value in grid.items() if key not in varied}
    made = {}
    for values in product(*(grid[key] for key in varied)):
        chosen = dict(zip(varied, values, strict=True))
        parts = [f"{kind.short(key)}{_in_name(chosen[key])}" for key in varied]
        name = "-".join([experiment, *parts])
        settings = checked(kind, {**base, **fixed, **chosen}, place)
        _check_name(name, place)
        if settings in made.values():
            raise InputError(
                f"configuration: {place}: {name!r} is another of its models again (1 and 1.0 are "
                "one value); list each value once"
            )
        made[name] = settings
    return made


def _in_name(value: Any) -> str:
    """A setting's value in a model's name; of a group of settings each with its value."""
    if isinstance(value, dict):
        return "+".join(f"{key}{own}" for key, own in value.items())
    return f"{value}"


def _check_name(name: str, place: str) -> None:
    if not re.fullmatch(_FILE_NAME, name):
        raise InputError(
            f"configuration: {place}: its model {name!r} is named after the values of its lists, "
            "and becomes part of file names; letters, digits and . _ + - are allowed"
        )


def _check_grid(grid: Mapping[str, Any], place: str, kind: type[GridSettings]) -> None:
    for key, value in grid.items():
        if key not in kind.names():
            hint = nearest(str(key), kind.names(), "known keys")
            raise InputError(f"configuration: unknown key '{place}.{key}'; {hint}")
        if isinstance(value, list) and len(value) != len({repr(each) for each in value} or {0}):
            raise InputError(
                f"configuration: key '{place}.{key}': {value}: expected at least one value, and "
                "none of them twice"
            )


def _with_starts(
    models: dict[str, Model], experiments: Mapping[str, Experiment]
) -> dict[str, Model]:
    """Each model with the name of the model that it starts from, if any."""
    started = {}
    for name, model in models.items():
        own = model.settings or model.shards
        start = _start(name, own.start, models, experiments) if own and own.start else ""
        if model.shards and not start:
            start = _random(model.shards.architecture, model.seed).name
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


def _named(
    name: str,
    declared: ExperimentConfig,
    models: Mapping[str, Model],
    experiments: Mapping[str, Experiment],
) -> list[str]:
    """The models that names of models and of experiments stand for, each once."""
    taken = []
    for key in declared.models:
        if key in models:
            taken.append(key)
        elif key in experiments and experiments[key].source != "models":
            taken += experiments[key].models
        else:
            known = [*models, *(e.name for e in experiments.values() if e.source != "models")]
            hint = nearest(key, known)
            if hint.startswith("known"):
                hint = "name models of the other experiments, or such an experiment"
            raise InputError(
                f"configuration: experiments.{name}.models names {key!r}, none of the study's "
                f"models; {hint}"
            )
    return list(dict.fromkeys(taken))


def _data(
    name: str,
    declared: ExperimentConfig,
    models: Any,
    datasets: Mapping[str, DatasetRow],
) -> dict[str, tuple[str, ...]]:
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
    if not any(data.values()) and declared.models is None:
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
