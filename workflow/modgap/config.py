"""Checking a study's configuration before anything runs."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from modgap.errors import InputError, nearest

_SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.yaml"


@cache
def schema() -> dict:
    """The schema of a study: description, default and range of every key."""
    found = yaml.safe_load(_SCHEMA.read_text(encoding="utf-8"))
    for key, setting in found["properties"]["model"]["properties"].items():
        values = {"type": "array", "minItems": 1, "uniqueItems": True, "items": setting}
        found["$defs"]["experiment"]["properties"][key] = values
    return found


def check_config(config: dict) -> None:
    """Raise `InputError` for the first unknown key, missing key or value out of range.

    An experiment that is null is one that the study leaves out.
    """
    experiments = {name: grid for name, grid in config["experiments"].items() if grid is not None}
    config = {**config, "experiments": experiments}
    errors = list(jsonschema.Draft202012Validator(schema()).iter_errors(config))
    if errors:
        raise InputError("configuration: " + "; ".join(sorted(map(_message, errors))))
    _check_together(config)


def _message(error: jsonschema.ValidationError) -> str:
    place = ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = sorted(set(error.instance) - set(known))
        return "; ".join(_unknown_key(place, key, known) for key in unknown)
    return f"key '{place}': {error.message}" if place else error.message


def _unknown_key(place: str, key: str, known: list[str]) -> str:
    name = f"{place}.{key}" if place else str(key)
    return f"unknown key '{name}'; {nearest(str(key), known, 'known keys')}"


def _check_together(config: dict) -> None:
    """What no single key shows: sizes that must fit each other."""
    available = config["mad"]["train_items"]
    for place, items in _asked_items(config):
        if items > available:
            raise InputError(
                f"configuration: {place} asks for {items} training items, "
                f"mad.train_items makes {available}"
            )
        if items < config["training"]["batch_size"]:
            raise InputError(
                f"configuration: {place} ({items}) is smaller than one batch "
                f"(training.batch_size, {config['training']['batch_size']})"
            )
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


def _asked_items(config: dict) -> Iterator[tuple[str, int]]:
    yield "model.items", config["model"]["items"]
    for name, grid in config["experiments"].items():
        for items in grid.get("items", []):
            yield f"experiments.{name}.items", items
