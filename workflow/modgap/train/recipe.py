"""How a model is trained: its declared values, its optimiser and its learning rates."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from open_clip.model import CLIP
from open_clip_train.scheduler import cosine_lr

from modgap.errors import InputError
from modgap.train.muon import Muon

OPTIMIZERS = ("adamw", "muon")


@dataclass(frozen=True)
class Recipe:
    """How a model is trained; every value is declared in the configuration.

    `text_rest`: share of the steps, counted from the first, in which the text tower stays as it was
    initialised. It can otherwise stop telling words apart that the image tower has not learnt to
    see yet, and then neither learns them. `text_learning_rate`, `scale_learning_rate`: the
    learning rates of the text tower and of the logit scale as shares of the common one; so is
    `matrix_learning_rate`, that of the image tower's matrices and kernels, if the `optimizer` is
    "muon" instead of "adamw". `final_temperature`: where a temperature that is not learnt goes, in
    equal steps, from `initial_temperature`; 0 for one that stays.

    Raises `InputError` for a share outside 0 to 1 (excluded), for no epoch at all, for a learning
    rate that is not above 0, for an unknown optimiser, and for a temperature both learnt and
    given.
    """

    seed: int
    epochs: float
    batch_size: int
    learning_rate: float
    weight_decay: float
    warmup_steps: int
    initial_temperature: float
    learnable_temperature: bool
    probe_every: int
    precision: str
    text_rest: float
    text_learning_rate: float = 1.0
    scale_learning_rate: float = 1.0
    optimizer: str = "adamw"
    matrix_learning_rate: float = 4.0
    final_temperature: float = 0.0

    # What may differ between the models of a study.
    SETTINGS = (
        "epochs",
        "initial_temperature",
        "learnable_temperature",
        "final_temperature",
        "text_rest",
        "text_learning_rate",
        "scale_learning_rate",
    )

    def __post_init__(self):
        if not 0 <= self.text_rest < 1:
            raise InputError(
                f"model.text_rest: {self.text_rest}; expected a share of the steps, at least 0 "
                "(the text tower learns from the first step on) and less than 1"
            )
        if not self.epochs > 0:
            raise InputError(f"model.epochs: {self.epochs}; expected more than 0")
        if self.final_temperature and self.learnable_temperature:
            raise InputError(
                f"model.final_temperature: {self.final_temperature}, but the temperature is "
                "learnt; set learnable_temperature: false"
            )
        if self.optimizer not in OPTIMIZERS:
            raise InputError(
                f"training.optimizer: {self.optimizer!r}; expected one of {', '.join(OPTIMIZERS)}"
            )
        for key in ("text_learning_rate", "scale_learning_rate", "matrix_learning_rate"):
            if not getattr(self, key) > 0:
                raise InputError(
                    f"{key}: {getattr(self, key)}; expected a share of the common learning "
                    "rate, above 0"
                )

    def steps(self, items: int) -> int:
        """The number of training steps for a training set of `items` items, at least one."""
        return max(1, round(items // self.batch_size * self.epochs))

    def temperature(self, step: int, steps: int) -> float:
        """That of a step, counted from 0, where it is not learnt."""
        if not self.final_temperature:
            return self.initial_temperature
        way = step / max(1, steps - 1)
        return (1 - way) * self.initial_temperature + way * self.final_temperature


def make_optimizer(model: CLIP, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW as open_clip's trainer sets it up: no decay of gains, biases and the logit scale.

    With Muon the same, but for the matrices and kernels of the image tower. The key `part` of a
    group says whether its weights are those of the image tower ("image", or "matrix" for Muon's),
    the text tower ("text") or the logit scale and bias ("scale").
    """
    parts = {}
    for name, weights in model.named_parameters():
        if weights.requires_grad:
            decay = recipe.weight_decay if weights.ndim >= 2 else 0.0
            parts.setdefault((_part(name, weights, recipe), decay), []).append(weights)
    groups = [
        {"params": weights, "weight_decay": decay, "part": part, "orthogonal": part == "matrix"}
        for (part, decay), weights in parts.items()
    ]
    kind = Muon if recipe.optimizer == "muon" else torch.optim.AdamW
    return kind(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), eps=1e-6)


def _part(name: str, weights: torch.Tensor, recipe: Recipe) -> str:
    if name.startswith("visual."):
        # A depthwise kernel is no matrix: each of its rows is a channel of its own.
        matrix = weights.ndim >= 2 and weights.shape[1] > 1
        return "matrix" if matrix and recipe.optimizer == "muon" else "image"
    return "scale" if name in ("logit_scale", "logit_bias") else "text"


def schedule(optimizer: torch.optim.Optimizer, recipe: Recipe, steps: int) -> Callable[[int], None]:
    """Sets the learning rates of a step, counted from 0.

    They follow open_clip's cosine, each part with its own factor; 0 for what rests.
    """
    cosine = cosine_lr(optimizer, recipe.learning_rate, recipe.warmup_steps, steps)
    resting = round(recipe.text_rest * steps)
    factors = {
        "image": 1.0,
        "matrix": recipe.matrix_learning_rate,
        "text": recipe.text_learning_rate,
        "scale": recipe.scale_learning_rate,
    }

    def assign(step: int) -> None:
        cosine(step)
        for group in optimizer.param_groups:
            rests = group["part"] == "text" and step < resting
            group["lr"] *= 0.0 if rests else factors[group["part"]]

    return assign
