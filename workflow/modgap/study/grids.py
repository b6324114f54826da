"""Grids of settings: one model for each combination of the values of their lists."""

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from modgap.errors import InputError, nearest
from modgap.study.config import checked
from modgap.study.model_settings import GridSettings

_FILE_NAME = "[A-Za-z0-9][A-Za-z0-9._+-]*"


def grid_of(
    experiment: str,
    source: str,
    grid: Mapping[str, Any],
    kind: type[GridSettings],
    base: Mapping[str, Any],
) -> dict[str, Any]:
    """The settings of each model of a grid by its name; `base`: those that the grid leaves out.

    Raises `InputError` naming the key for an unknown or repeated one, a value out of range, and
    models that are not told apart by their names or their settings.
    """
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
