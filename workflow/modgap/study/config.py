"""Checking a study's configuration before anything runs."""

import math
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from modgap.errors import InputError, nearest
from modgap.study.experiments import TrainedModel, trained_models

_SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"


@cache
def schema() -> dict:
    """The schema of a study: description, default and range of every key."""
    found = yaml.safe_load(_SCHEMA.read_text(encoding="utf-8"))
    for key, setting in found["properties"]["model"]["properties"].items():
        values = {"minItems": 1, "uniqueItems": True, "items": setting}
        either = {"if": {"type": "array"}, "then": values, "else": setting}
        found["$defs"]["experiment"]["properties"][key] = either
    return found


def check_config(config: dict) -> None:
    """Raise `InputError` for the first unknown key, missing key or value out of range.

    An experiment that is null is one that the study leaves out.
    """
    config = {**config, "experiments": _without_null(config.get("experiments"))}
    errors = list(_validator()(schema()).iter_errors(config))
    if errors:
        raise InputError("configuration: " + "; ".join(sorted(map(_message, errors))))
    _check_together(config)


def _validator() -> type[jsonschema.protocols.Validator]:
    """JSON takes 4.0 for an integer and has no NaN; YAML has both, and training can use neither."""
    base = jsonschema.Draft202012Validator
    types = base.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
    return jsonschema.validators.extend(base, type_checker=types)


def _is_integer(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: object, value: object) -> bool:
    return _is_integer(_, value) or (isinstance(value, float) and math.isfinite(value))


def _message(error: jsonschema.ValidationError) -> str:
    place = ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = sorted(set(error.instance) - set(known), key=str)
        return "; ".join(_unknown_key(place, key, known) for key in unknown)
    return f"key '{place}': {error.message}" if place else error.message


def _unknown_key(place: str, key: str, known: list[str]) -> str:
    name = f"{place}.{key}" if place else str(key)
    return f"unknown key '{name}'; {nearest(str(key), known, 'known keys')}"


def _without_null(experiments: object) -> object:
    if not isinstance(experiments, dict):
        return experiments
    return {name: grid for name, grid in experiments.items() if grid is not None}


def _check_together(config: dict) -> None:
    """What no single key shows: sizes that must fit each other."""
    models = trained_models(config).values()
    for model in models:
        _check_items(config, model)
    for name in config["experiments"]:
        _check_filter(name, [model for model in models if model.experiment == name])
    if config["pretrained"]["models"] and "zoo" in config["experiments"]:
        raise InputError(
            "configuration: the pretrained models take the place of the controlled zoo (fig3, "
            "fig5, tables 1, 3, 4): set experiments.zoo: null, or pretrained.models: []"
        )
    if config["training"]["probe_items"] > config["mad"]["test_items"]:
        raise InputError(
            f"configuration: training.probe_items ({config['training']['probe_items']}) is more "
            f"than mad.test_items ({config['mad']['test_items']})"
        )


def _check_items(config: dict, model: TrainedModel) -> None:
    """A model's pool must exist, and fill a batch even after its filter."""
    own = "items" in config["experiments"][model.experiment]
    place = f"experiments.{model.experiment}.items" if own else "model.items"
    available, batch_size = config["mad"]["train_items"], config["training"]["batch_size"]
    if model.items > available:
        raise InputError(
            f"configuration: {place} asks for {model.items} training items, "
            f"mad.train_items makes {available}"
        )
    if model.items < batch_size:
        raise InputError(
            f"configuration: {place} ({model.items}) is smaller than one batch "
            f"(training.batch_size, {batch_size})"
        )
    if model.items_left < batch_size:
        raise InputError(
            f"configuration: experiments.{model.experiment}: of {model.items} items, "
            f"{model.mismatched} of them mismatched, filtered {model.filtered} leaves "
            f"{model.items_left}, fewer than one batch (training.batch_size, {batch_size}); lower "
            "filtered or mismatched, or raise items"
        )


def _check_filter(name: str, models: list[TrainedModel]) -> None:
    """Without mismatched items, models that differ by their filter are one and the same."""
    filtered = any(model.filtered for model in models)
    if filtered and not any(model.mismatched for model in models):
        raise InputError(
            f"configuration: experiments.{name}: filtered has no effect where mismatched is 0; set "
            "mismatched to a share above 0, or filtered to 0"
        )
