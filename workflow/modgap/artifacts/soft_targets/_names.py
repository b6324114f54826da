"""What models trained to close the gap are called."""

import json
from collections.abc import Mapping

import pandas as pd

from modgap.errors import InputError
from modgap.stats.summaries import check_columns

PLAIN = "clip"
# What a model has in common with the plain one that it is compared with.
ALIKE = ["training_set", "image_tower"]
# Settings of a model, beside its loss's own, that may be what closes the gap.
_SETTINGS = (
    *("initial_temperature", "learnable_temperature", "final_temperature"),
    *("scale_learning_rate", "start", "shared_tower"),
)


def with_closers(models: pd.DataFrame, artifact: str) -> pd.DataFrame:
    """Models with a column `closer`: how each was trained, whatever its seed and data.

    The first model of each loss, training set and image tower has the loss's name; others of that
    loss are called by what is different about them: "soft_targets, permuted", "clip,
    learnable_temperature False". So the first with CLIP's loss, called "clip", is the plain one.

    Raises `InputError` if the table lacks a column, and for a training set and image tower without
    a plain model.
    """
    needed = ["loss", "loss_settings", "seed", *ALIKE, "cpu_seconds", *_SETTINGS]
    check_columns(models, needed, artifact)
    models = models[models["kind"] == "trained"].reset_index(drop=True)
    described = [_settings(row) for row in models.to_dict("records")]
    first: dict[tuple, Mapping] = {}
    names = []
    for row, settings in zip(models.to_dict("records"), described, strict=True):
        base = first.setdefault((*(row[key] for key in ALIKE), row["loss"]), settings)
        names.append(", ".join([row["loss"], *_differences(base, settings)]))
    models = models.assign(closer=names)
    for (training_set, tower), rows in models.groupby(ALIKE, sort=False):
        if PLAIN not in set(rows["closer"]):
            raise InputError(
                f"{artifact}: no model with CLIP's own loss was trained on {training_set} with the "
                f"image tower {tower!r}; add one for the others to be compared with"
            )
    return models


def _settings(row: Mapping) -> dict:
    own = row["loss_settings"]
    own = json.loads(own) if isinstance(own, str) and own else {}
    start = row["start"] if isinstance(row["start"], str) else ""
    # Which model it starts from goes with the seed; that it starts from one does not.
    return own | {key: row[key] for key in _SETTINGS} | {"start": bool(start)}


def _differences(base: Mapping, settings: Mapping) -> list[str]:
    told = []
    for key, value in settings.items():
        if value != base.get(key):
            told.append(key if value is True else f"{key} {value}")
    return told + [f"without {key}" for key in base if key not in settings]
