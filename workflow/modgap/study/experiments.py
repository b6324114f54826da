"""Experiments: named sets of models, whatever they come from, and the data sets of each role."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from modgap.errors import InputError, nearest
from modgap.study.config import SOURCES, ExperimentConfig, StudyConfig
from modgap.study.contents import Experiment, Model
from modgap.study.datasets import DatasetRow
from modgap.study.grids import grid_of
from modgap.study.item_knowledge import encoders
from modgap.study.model_settings import ModelSettings
from modgap.study.models import ModelRow, chosen_models
from modgap.study.roles import data_of_roles
from modgap.study.shards import ShardSettings
from modgap.study.starts import random_model, random_starts, with_starts
from modgap.study.training_sets import (
    check_factors,
    check_grid_fits,
    check_temperatures,
    check_towers,
    own_data,
)


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
        _check_some(name, source, own)
        for key in own.keys() & models.keys():
            if own[key] != models[key]:
                first = next(e.name for e in experiments.values() if key in e.models)
                raise InputError(
                    f"configuration: experiments.{name} and experiments.{first} both have a model "
                    f"{key!r}, and they are not the same; rename one of the experiments, or the "
                    "row of models.tsv"
                )
        models |= own
        data = data_of_roles(name, declared, own.values(), datasets)
        experiments[name] = Experiment(name, source, tuple(own), data, declared.stands_for)
    for name, declared in waiting:
        taken = _named(name, declared, models, experiments)
        _check_some(name, "models", taken)
        data = data_of_roles(name, declared, [models[model] for model in taken], datasets)
        experiments[name] = replace(experiments[name], models=tuple(taken), data=data)
    started = with_starts(random_starts(models.values()) | models, experiments)
    return started | _encoders(started, sheet), experiments


def _encoders(models: Mapping[str, Model], sheet: Mapping[str, ModelRow]) -> dict[str, Model]:
    """The models of the sheet that say how alike the items of a training set are."""
    towers = {}
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
            towers[name] = Model(name, sheet[name].kind, row=sheet[name])
    return towers


def _source(name: str, declared: ExperimentConfig) -> str:
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise InputError(
            f"configuration: experiments: the name {name!r} becomes part of file names; letters, "
            "digits, '.', '_' and '-' are allowed, the first of them a letter or digit"
        )
    given = [source for source in SOURCES if getattr(declared, source) is not None]
    if len(given) != 1:
        sources = f"has {' and '.join(given)}" if given else "has none"
        raise InputError(
            f"configuration: experiments.{name}: expected exactly one of {', '.join(SOURCES)}, "
            f"which say where its models come from; it {sources}. An overlay puts one source in "
            "the place of another by setting that one to null"
        )
    if declared.without and given != ["sheet"]:
        raise InputError(
            f"configuration: experiments.{name}.without leaves models out of a sheet; this "
            f"experiment has {given[0]}"
        )
    if "seeds" in declared.model_fields_set and given != ["random"]:
        raise InputError(
            f"configuration: experiments.{name}.seeds is for random weights; this experiment has "
            f"{given[0]}"
            + (f", where seeds are {given[0]}.seed" if given[0] in ("train", "shards") else "")
        )
    return given[0]


def _check_some(name: str, source: str, models: Collection[str]) -> None:
    """Refuse an experiment without models: there is nothing to make its tables of."""
    if not models:
        raise InputError(
            f"configuration: experiments.{name}.{source} names no model; name some, or set the "
            "whole experiment to null to leave it out"
        )


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
        grid = grid_of(name, "shards", declared.shards, ShardSettings, {})
        return {key: Model(key, "sharded", shards=own, seed=own.seed) for key, own in grid.items()}
    if source == "sheet":
        rows = chosen_models(sheet, declared.sheet, declared.without, place)
        return {key: Model(key, row.kind, row=row) for key, row in rows.items()}
    if source == "random":
        made = [
            random_model(network, seed) for network in declared.random for seed in declared.seeds
        ]
        return {model.name: model for model in made}
    return {key: _file_model(key, sheet, place) for key in declared.files}


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
    settings_of = grid_of(experiment, "train", grid, ModelSettings, base.named())
    models = {
        name: Model(name, "trained", own_data=own_data(settings), settings=settings)
        for name, settings in settings_of.items()
    }
    place = f"configuration: experiments.{experiment}.train"
    for settings in settings_of.values():
        for check in (check_factors, check_towers, check_temperatures):
            check(settings, f"experiments.{experiment}.train")
    check_grid_fits(grid, [m.settings for m in models.values()], place)
    return models


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
