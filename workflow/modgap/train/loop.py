"""The training loop: batches from a source, a loss, open_clip's model, a history per step."""

import logging
import math
from contextlib import nullcontext
from itertools import islice

import numpy as np
import pandas as pd
import torch
from open_clip.model import CLIP

from modgap.errors import InputError
from modgap.formats.batches import Batch
from modgap.runtime.progress import Progress
from modgap.train.checkpoints import Checkpoints, Place, restore_generators
from modgap.train.history import scales
from modgap.train.losses.base import Loss
from modgap.train.recipe import Recipe, make_optimizer, schedule
from modgap.train.source import TrainingSource

log = logging.getLogger(__name__)
# As in CLIP: the logit scale never exceeds 100.
_MAX_LOG_SCALE = math.log(100)


def train(
    model: CLIP,
    source: TrainingSource,
    loss: Loss,
    recipe: Recipe,
    device: torch.device,
    checkpoints: Checkpoints | None = None,
) -> pd.DataFrame:
    """Train `model` in place; return its history, one row per step (see `history.Probe`).

    There are as many steps as `recipe.epochs` epochs over all items, however few of them a filter
    left: as in CommonPool, what is left is seen more often. Bitwise repeatable on a CPU for a given
    seed and number of threads, and so is a training that goes on from a checkpoint.

    Raises
    ------
    InputError
        If an epoch of `source` has no batch.
    FloatingPointError
        If the loss stops being finite.
    """
    model.to(device=device, memory_format=torch.channels_last)
    optimizer = make_optimizer(model, recipe)
    steps = recipe.steps(source.items)
    assign_rates = schedule(optimizer, recipe, steps)
    rng = np.random.default_rng(recipe.seed)
    resumed = checkpoints.read(model, optimizer) if checkpoints else None
    if resumed:
        place, generators = resumed
        rows, epoch, used = place.rows, place.epoch, place.used
        rng.bit_generator.state = place.generator
    else:
        # Step 0 is the untrained model: it has a gap but no loss yet.
        rows = [{"step": 0, "epoch": 0, "loss": math.nan, **source.probe.measure(model)}]
        epoch, used = 0, 0
    progress = Progress(steps - len(rows) + 1, "steps")
    while (left := steps + 1 - len(rows)) > 0:
        start = rng.bit_generator.state
        batches = source.epoch(rng)
        if used:
            # What the checkpoint's epoch already showed is drawn again and passed over.
            next(islice(batches, used - 1, None), None)
            restore_generators(generators)
        before = len(rows)
        for batch in islice(batches, left):
            step = len(rows)
            assign_rates(step - 1)
            if recipe.final_temperature:
                model.logit_scale.data.fill_(-math.log(recipe.temperature(step - 1, steps)))
            value = train_step(model, optimizer, loss, batch, recipe.precision)
            probed = step % recipe.probe_every == 0 or step == steps
            measured = source.probe.measure(model) if probed else scales(model)
            rows.append({"step": step, "epoch": epoch, "loss": value, **measured})
            used += 1
            progress.add(1)
            if checkpoints and checkpoints.due(step) and step < steps:
                checkpoints.write(model, optimizer, Place(rows, epoch, used, start))
        if len(rows) == before and not resumed:
            raise InputError("training: the source of batches yields none")
        last = rows[-1]
        log.info("epoch %d, step %d of %d: loss %.4f", epoch, last["step"], steps, last["loss"])
        epoch, used, resumed = epoch + 1, 0, None
    return pd.DataFrame(rows)


def train_step(
    model: CLIP, optimizer: torch.optim.Optimizer, loss: Loss, batch: Batch, precision: str
) -> float:
    """One step on a batch; returns its loss. Raises `FloatingPointError` if that is not finite."""
    low = precision == "bf16"
    autocast = torch.autocast(batch.images.device.type, torch.bfloat16) if low else nullcontext()
    optimizer.zero_grad()
    with autocast:
        parts = loss(**model(batch.images, batch.tokens), output_dict=True, items=batch.items)
        total = sum(parts.values())
    total.backward()
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, _MAX_LOG_SCALE)
    value = total.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the training loss became {value}; lower the learning rate")
    return value
