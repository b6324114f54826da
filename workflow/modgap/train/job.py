"""One training job: a source of batches and declared settings in, a model folder out."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import torch

from modgap.formats.model_folder import write_model
from modgap.formats.tables import write_frame
from modgap.runtime.device import make_repeatable
from modgap.runtime.provenance import provenance, versions
from modgap.study.item_knowledge import own_settings, told
from modgap.train.checkpoints import Checkpoints
from modgap.train.knowledge import item_knowledge
from modgap.train.loop import train
from modgap.train.losses.registry import build_loss
from modgap.train.recipe import Recipe
from modgap.train.source import TrainingSource
from modgap.train.start import (
    build_model,
    lay_texts_on_images,
    restart_temperature,
    share_tower,
    start_from,
)
from modgap.train.towers import Towers

# Settings of the `training` part that are not the recipe's.
_NOT_RECIPE = ("probe_items", "checkpoint_every")


def train_job(
    folder: str | os.PathLike,
    name: str,
    source: TrainingSource,
    settings: dict,
    training: dict,
    *,
    device: torch.device,
    start: str | os.PathLike | None = None,
    features: Mapping[str, str | os.PathLike] | None = None,
) -> None:
    """Train one model and write its folder and history.

    A job that was killed goes on from its last checkpoint in `folder`, and ends with the bits of an
    undisturbed one (on a CPU); the checkpoint is removed when the folder is complete. The record's
    `cpu_seconds` are those of the training steps in this process.

    Parameters
    ----------
    folder
        The model folder to write.
    name
        The model's name.
    source
        What the model is trained on.
    settings
        The model's row: the sizes of its towers (`Towers.SETTINGS`), its `loss` with
        `loss_settings`, `seed`, what `Recipe.SETTINGS` lists, and what the source took from it; all
        of it is recorded.
    training
        That part of the configuration; `checkpoint_every` is the number of steps from one
        checkpoint to the next, 0 for none.
    device
        Where the model is trained.
    start
        Folder of another model to start from.
    features
        Embedding files of the training set, for a loss that is told of its items.

    Raises
    ------
    InputError
        For settings that do not fit, and as `start_from` and `item_knowledge` say.
    """
    make_repeatable(settings["seed"])
    towers = Towers(**{key: settings[key] for key in Towers.SETTINGS if key in settings})
    # A model's own interval, if it has one, comes before the study's.
    training = training | {"probe_every": settings.get("probe_every") or training["probe_every"]}
    recipe = Recipe(
        seed=settings["seed"],
        **{key: value for key, value in training.items() if key not in _NOT_RECIPE},
        **{key: settings[key] for key in Recipe.SETTINGS if key in settings},
    )
    given = settings.get("loss_settings", {})
    known = item_knowledge(source, told(given), features or {}, settings["seed"])
    loss = build_loss(settings.get("loss", "clip"), **own_settings(given), **known).to(device)
    model_config = towers.model_config(source.image_size, source.tokenizer, loss.initial_bias)
    model = build_model(model_config, recipe)
    if towers.shared_tower:
        share_tower(model)
    facts = {**settings, **training, **source.facts, "device": device.type}
    if start is not None:
        facts |= start_from(model, model_config, source.tokenizer, start)
        if settings.get("restart_temperature"):
            restart_temperature(model, recipe.initial_temperature)
    if settings.get("initialisation", "random") == "procrustes":
        model.to(device)
        lay_texts_on_images(model, source, settings["seed"])
    made_for = {"model": name, "data": source.fingerprint, **facts, "versions": versions()}
    checkpoints = Checkpoints(
        Path(folder) / "checkpoint.safetensors", training.get("checkpoint_every", 0), made_for
    )
    began = time.process_time()
    history = train(model, source, loss, recipe, device, checkpoints)
    facts["cpu_seconds"] = round(time.process_time() - began, 3)
    config = {"model_cfg": model_config, "preprocess_cfg": towers.preprocess_config()}
    write_model(folder, name, model, config, source.tokenizer, {"training": facts, **provenance()})
    history.insert(0, "model", name)
    write_frame(Path(folder) / "history.parquet", history, {"model": name, **provenance()})
    checkpoints.remove()
