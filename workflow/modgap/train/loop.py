"""Contrastive training on MAD: open_clip's model and loss, our batches, a history per step."""

import difflib
import logging
import math
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import pandas as pd
import timm
import torch
from open_clip import ClipLoss
from open_clip.model import CLIP
from open_clip_train.scheduler import cosine_lr

from modgap.data.captions import CaptionSpec
from modgap.errors import InputError
from modgap.progress import Progress
from modgap.train.batches import TrainingData, epoch_batches
from modgap.train.history import Probe

log = logging.getLogger(__name__)
# As in CLIP: the logit scale never exceeds 100.
_MAX_LOG_SCALE = math.log(100)


@dataclass(frozen=True)
class Recipe:
    """How a model is trained; every value is declared in the configuration."""

    captions: CaptionSpec
    seed: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warmup_steps: int
    initial_temperature: float
    learnable_temperature: bool
    official_colours: bool
    probe_every: int
    precision: str


def build_model(model_config: dict, recipe: Recipe) -> CLIP:
    """A freshly initialised open_clip model; the seed decides every weight.

    Raises `InputError` if timm has no such image tower, or it cannot take images of that size.
    """
    vision = model_config["vision_cfg"]
    tower, size = vision["timm_model_name"], vision["image_size"]
    if not timm.is_model(tower):
        near = difflib.get_close_matches(tower, timm.list_models(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"model.image_tower: timm has no network {tower!r}{hint}")
    torch.manual_seed(recipe.seed)
    model = CLIP(**model_config, init_logit_scale=-math.log(recipe.initial_temperature))
    model.logit_scale.requires_grad_(recipe.learnable_temperature)
    try:
        with torch.no_grad():
            model.eval().encode_image(torch.zeros(1, 3, size, size))
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"model.image_tower: {tower} cannot take images of {size} x {size} pixels ({error}); "
            "choose a smaller network"
        ) from error
    return model.train()


def train(
    model: CLIP, data: TrainingData, probe: Probe, recipe: Recipe, device: torch.device
) -> pd.DataFrame:
    """Train `model` in place; return its history, one row per step (see `Probe`).

    Bitwise repeatable on a CPU for a given seed and number of threads. Raises `InputError` if the
    data do not fill one batch, and `FloatingPointError` if the loss stops being finite.
    """
    steps_per_epoch = len(data) // recipe.batch_size
    if steps_per_epoch == 0:
        raise InputError(
            f"training: {len(data)} items do not fill one batch of {recipe.batch_size}; "
            "lower training.batch_size or raise the number of items"
        )
    model.to(device=device, memory_format=torch.channels_last)
    optimizer = make_optimizer(model, recipe)
    steps = steps_per_epoch * recipe.epochs
    schedule = cosine_lr(optimizer, recipe.learning_rate, recipe.warmup_steps, steps)
    rng = np.random.default_rng(recipe.seed)
    # Step 0 is the untrained model: it has a gap but no loss yet.
    rows = [{"step": 0, "epoch": 0, "loss": math.nan, **probe.measure(model)}]
    progress = Progress(steps, "steps")
    for epoch in range(recipe.epochs):
        batches = epoch_batches(
            data, recipe.captions, recipe.batch_size, rng, recipe.official_colours, device
        )
        for images, tokens in batches:
            step = len(rows)
            schedule(step - 1)
            loss = train_step(model, optimizer, images, tokens, recipe.precision)
            probed = step % recipe.probe_every == 0 or step == steps
            measured = probe.measure(model) if probed else probe.temperature(model)
            rows.append({"step": step, "epoch": epoch, "loss": loss, **measured})
            progress.add(1)
        log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe.epochs, loss)
    return pd.DataFrame(rows)


def make_optimizer(model: CLIP, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW as open_clip's trainer sets it up: no decay of gains, biases and the logit scale."""
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": recipe.weight_decay},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), eps=1e-6)


def train_step(
    model: CLIP,
    optimizer: torch.optim.Optimizer,
    images: torch.Tensor,
    tokens: torch.Tensor,
    precision: str,
) -> float:
    """One step on a batch; returns its loss. Raises `FloatingPointError` if that is not finite."""
    low = precision == "bf16"
    autocast = torch.autocast(images.device.type, torch.bfloat16) if low else nullcontext()
    optimizer.zero_grad()
    with autocast:
        image_features, text_features, logit_scale = model(images, tokens)
        loss = ClipLoss()(image_features, text_features, logit_scale)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, _MAX_LOG_SCALE)
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the training loss became {value}; lower the learning rate")
    return value
