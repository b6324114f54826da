"""What the models of an experiment are: one row each, whatever they come from."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modgap.errors import InputError

# Settings of a model trained here that its row has.
_SHOWN = (
    *("mismatched", "filtered", "epochs", "initial_temperature", "learnable_temperature"),
    *("text_width", "seed"),
)
# Settings that say what its captions are: of one trained on MAD, and on any other captions.
_MAD_CAPTIONS = ("attributes", "main_factor", "unnamed", "hidden")
_CAPTIONS = ("data", "captions")
# Settings that not every record has, and what they are there.
_LATER = {
    "initialisation": "random",
    "scale_learning_rate": 1.0,
    "from": "",
    "loss": "clip",
    "final_temperature": 0.0,
    "image_tower": "",
    "shared_tower": False,
    "cpu_seconds": None,
}


def model_rows(
    facts: Sequence[str | os.PathLike],
    declared: Sequence[Mapping[str, Any]],
    experiment: str,
    medium_at_most: int,
) -> list[dict[str, Any]]:
    """The rows of an experiment's models.

    Parameters
    ----------
    facts : paths of modgap.json
        The records of the models that have a folder.
    declared : rows with `model` and `kind`
        What the study declares of each model; of a model of the sheet also its training set.
    experiment : str
        Name of the experiment.
    medium_at_most : int
        `group` is "medium" for models trained on at most this many pairs, "large" above, "" where
        the number is not known.

    Returns
    -------
    list of rows
        model, kind, experiment, group, training_set, training_size (what a filter left of the
        pool), parameters, embed_dim, and for models trained here their pool and settings.

    Raises
    ------
    InputError
        If a record does not say all that a row holds.
    """
    records = {Path(path).parent.name: _record(path) for path in facts}
    return [
        _row(each, *records.get(each["model"], (None, "")), experiment, medium_at_most)
        for each in declared
    ]


def _record(path: str | os.PathLike) -> tuple[dict, str]:
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        record["model"], record["parameters"], record["embed_dim"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no record of a model ({error!r}); delete it to make the model anew"
        ) from error
    return record, str(path)


def _row(
    declared: Mapping[str, Any], record: dict | None, path: str, experiment: str, medium: int
) -> dict[str, Any]:
    row = {"model": declared["model"], "kind": declared["kind"], "experiment": experiment}
    more: dict[str, Any] = {}
    if declared["kind"] in ("trained", "sharded"):
        training, more = _training(record, path)
    else:
        training = {key: declared.get(key) for key in ("training_set", "training_size")}
        scale, kept = declared.get("commonpool_scale"), declared.get("commonpool_filter")
        more = {"commonpool_scale": scale, "commonpool_filter": kept}
        more["architecture"] = declared.get("architecture", "")
    size = training["training_size"]
    group = "" if size is None else "medium" if size <= medium else "large"
    sizes = {key: record[key] if record else None for key in ("parameters", "embed_dim")}
    return row | {"group": group} | training | sizes | more


def _training(record: dict, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The training set of a model trained here, and its settings."""
    try:
        settings = record["training"]
        pool = _pool(settings["items"], settings["mismatched"], settings["filtered"])
        # One training set is what is left of one pool, with one kind of caption.
        if settings.get("data", "mad") == "mad":
            named = _MAD_CAPTIONS
            kind = f"MAD, {pool}, {settings['main_factor']} and {settings['attributes']} others"
            for key in ("unnamed", "hidden"):
                kind += f", {settings[key]} {key}" if settings[key] else ""
        else:
            named, kind = _CAPTIONS, f"{settings['data']}, {pool}, {settings['captions']} captions"
        training = {"training_set": kind, "training_size": settings["items_left"]}
        more = {"pool": pool} | {key: settings[key] for key in (*_SHOWN, *named)}
        more |= {key: settings.get(key, default) for key, default in _LATER.items()}
        # `from` is a word of the language that tables are read with.
        more["start"] = more.pop("from")
        own = settings.get("loss_settings") or {}
        more["loss_settings"] = json.dumps(own, sort_keys=True) if own else ""
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no record of a trained model ({error!r}); train the model anew"
        ) from error
    return training, more


def _pool(items: int, mismatched: float, filtered: float) -> str:
    """A pool and its filter, as in "500 items, 40 % mismatched, half of those filtered"."""
    if not mismatched:
        return f"{items} items"
    share = {0: "none", 0.5: "half", 1: "all"}.get(filtered, f"{100 * filtered:g} %")
    return f"{items} items, {100 * mismatched:g} % mismatched, {share} of those filtered"
