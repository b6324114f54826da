"""Contrastive training on MAD: open_clip's model and loss, our batches, a history per step."""

import difflib
import logging
import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import timm
import torch
from open_clip import ClipLoss
from open_clip.model import CLIP
from open_clip_train.scheduler import cosine_lr

from modgap.errors import InputError
from modgap.mad.batches import TrainingData, epoch_batches
from modgap.mad.captions import CaptionSpec
from modgap.runtime.progress import Progress
from modgap.train.history import Probe

log = logging.getLogger(__name__)
# As in CLIP: the logit scale never exceeds 100.
_MAX_LOG_SCALE = math.log(100)


@dataclass(frozen=True)
class Recipe:
    """How a model is trained; every value is declared in the configuration.

    `text_rest`: share of the steps, counted from the first, in which the text tower stays as it was
    initialised. It can otherwise stop telling words apart that the image tower has not learnt to
    see yet, and then neither learns them. Raises `InputError` for a share outside 0 to 1 (excluded)
    and for less than one epoch.
    """

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
    text_rest: float

    # What may differ between the models of a study.
    SETTINGS = ("epochs", "initial_temperature", "learnable_temperature", "text_rest")

    def __post_init__(self):
        if not 0 <= self.text_rest < 1:
            raise InputError(
                f"model.text_rest: {self.text_rest}; expected a share of the steps, at least 0 "
                "(the text tower learns from the first step on) and less than 1"
            )
        if self.epochs < 1:
            raise InputError(f"model.epochs: {self.epochs}; expected at least 1")


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

    There are as many steps as `recipe.epochs` epochs over all items, however few of them a filter
    left: as in CommonPool, what is left is seen more often. Bitwise repeatable on a CPU for a given
    seed and number of threads. Raises `InputError` if what is left does not fill one batch, and
    `FloatingPointError` if the loss stops being finite.
    """
    _check_batch(len(data.pairs), recipe.batch_size)
    model.to(device=device, memory_format=torch.channels_last)
    optimizer = make_optimizer(model, recipe)
    steps = len(data) // recipe.batch_size * recipe.epochs
    assign_rates = schedule(optimizer, recipe, steps)
    rng = np.random.default_rng(recipe.seed)
    # Step 0 is the untrained model: it has a gap but no loss yet.
    rows = [{"step": 0, "epoch": 0, "loss": math.nan, **probe.measure(model)}]
    progress = Progress(steps, "steps")
    epoch = 0
    while (left := steps + 1 - len(rows)) > 0:
        batches = epoch_batches(
            data, recipe.captions, recipe.batch_size, rng, recipe.official_colours, device
        )
        for images, tokens in islice(batches, left):
            step = len(rows)
            assign_rates(step - 1)
            loss = train_step(model, optimizer, images, tokens, recipe.precision)
            probed = step % recipe.probe_every == 0 or step == steps
            measured = probe.measure(model) if probed else probe.temperature(model)
            rows.append({"step": step, "epoch": epoch, "loss": loss, **measured})
            progress.add(1)
        epoch += 1
        log.info("epoch %d, step %d of %d: loss %.4f", epoch, step, steps, loss)
    return pd.DataFrame(rows)


def _check_batch(left: int, batch_size: int) -> None:
    if left < batch_size:
        raise InputError(
            f"training: {left} items do not fill one batch of {batch_size}; lower "
            "training.batch_size, raise the number of items, or filter fewer of them"
        )


def schedule(optimizer: torch.optim.Optimizer, recipe: Recipe, steps: int) -> Callable[[int], None]:
    """Sets the learning rates of a step, counted from 0: open_clip's cosine, 0 for what rests."""
    cosine = cosine_lr(optimizer, recipe.learning_rate, recipe.warmup_steps, steps)
    resting = round(recipe.text_rest * steps)

    def assign(step: int) -> None:
        cosine(step)
        for group in optimizer.param_groups:
            if group["text"] and step < resting:
                group["lr"] = 0.0

    return assign


def make_optimizer(model: CLIP, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW as open_clip's trainer sets it up: no decay of gains, biases and the logit scale.

    The key `text` of a group says whether its weights are those of the text tower.
    """
    found = {}
    for name, weights in model.named_parameters():
        if not weights.requires_grad:
            continue
        text = not name.startswith(("visual.", "logit_scale"))
        decay = recipe.weight_decay if weights.ndim >= 2 else 0.0
        found.setdefault((text, decay), []).append(weights)
    groups = [
        {"params": weights, "weight_decay": decay, "text": text}
        for (text, decay), weights in found.items()
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
