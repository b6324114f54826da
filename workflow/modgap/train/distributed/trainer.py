"""One process of a training on shards: open_clip_train's main, with our captions and losses.

`python -m modgap.train.distributed.trainer TRAINING.json`, started by torchrun.
"""

import ctypes
import json
import math
import os
import random
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import open_clip_train.data as data
import open_clip_train.main as main
import torch
from torch.distributed.elastic.multiprocessing.errors import record
from torch.nn.parallel import DistributedDataParallel

from modgap.errors import InputError
from modgap.formats.files import write_text
from modgap.train.distributed.pairs import Faults, PairFilter, ViewTokenizer
from modgap.train.distributed.settings import LOSSES, ShardTraining, trainer_arguments
from modgap.train.losses import build_loss

# webdataset's own, before ours takes its name.
_batched = data.wds.batched


class Recorded(torch.nn.Module):
    """A loss that remembers its value over the pairs of all processes, and the logit scale."""

    def __init__(self, loss: torch.nn.Module, processes: int):
        super().__init__()
        self.loss, self.processes = loss, processes
        self.values: list[torch.Tensor] = []
        self.scales: list[torch.Tensor] = []

    def forward(self, **outputs) -> dict[str, torch.Tensor]:
        """The parts of the loss, as the loss itself gives them."""
        parts = self.loss(**outputs)
        value = sum(parts.values()).detach().float().clone()
        if self.processes > 1:
            torch.distributed.all_reduce(value)
        self.values.append(value / self.processes)
        self.scales.append(outputs["logit_scale"].detach().float().clone())
        return parts

    def rows(self, scale: float) -> list[dict[str, float]]:
        """Loss and temperature of each step since the last call; `scale`: that of the model now."""
        # A step's temperature is the one that it leads to: the scale that the next one starts from.
        scales = [*(each.item() for each in self.scales[1:]), scale]
        losses = [value.item() for value in self.values]
        self.values, self.scales = [], []
        return [
            {"loss": loss, "temperature": 1 / each}
            for loss, each in zip(losses, scales, strict=True)
        ]


class Batches:
    """Full batches of a process's share; raises `InputError` if the share holds none.

    The loader would begin again for ever, and the other processes wait for it.
    """

    def __init__(self, batchsize: int, partial: bool):
        self.stage, self.size = _batched(batchsize, partial=partial), batchsize

    def __call__(self, source: Iterator) -> Iterator:
        """A pass over the share."""
        number = 0
        for batch in self.stage(source):
            number += 1
            yield batch
        if not number:
            raise InputError(
                f"process {os.environ.get('RANK', 0)}: its share of the shards does not hold "
                f"{self.size} sound pairs, one batch; mend the shards, or lower batch_size, "
                "workers or processes"
            )


@record
def run(training: ShardTraining) -> None:
    """Train, or go on from the last whole epoch."""
    _end_with_parent()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    recipe = training.recipe
    epoch = data.SharedEpoch()
    pairs = PairFilter(Faults(training.faults))

    # Every name that open_clip_train looks up in its own modules and that is ours here.
    data.filter_no_caption_or_no_image = pairs
    data.log_and_continue = pairs.failed
    data.wds.batched = Batches
    data.wds.shuffle = partial(_seeded_shuffle, seed=recipe["seed"], epoch=epoch)
    main.get_data = partial(_get_data, main.get_data, list(training.shards))
    main.get_tokenizer = partial(_get_tokenizer, main.get_tokenizer, recipe, epoch)
    main.create_loss = partial(_create_loss, recipe)
    main.create_model_and_transforms = partial(
        _create_model, main.create_model_and_transforms, recipe["learnable_temperature"]
    )
    main.train_one_epoch = partial(
        _train_one_epoch, main.train_one_epoch, epoch, training.epochs, recipe["seed"]
    )
    if device == "cpu":
        torch.nn.parallel.DistributedDataParallel = _OnProcessors
    failed = main.main(trainer_arguments(training, device))
    if failed:
        sys.exit(1)


def _seeded_shuffle(bufsize: int, initial: int, seed: int, epoch: data.SharedEpoch):
    """webdataset's own takes its seed from the clock."""
    return data.detshuffle2(bufsize=bufsize, initial=initial, seed=seed, epoch=epoch)


def _get_data(original, shards: list[str], args, *rest, **named):
    # A list, since one text of all paths would read braces in them.
    args.train_data = shards
    return original(args, *rest, **named)


def _get_tokenizer(original, recipe: dict, epoch: data.SharedEpoch, *rest, **named):
    return ViewTokenizer(original(*rest, **named), recipe["captions"], recipe["seed"], epoch)


def _create_loss(recipe: dict, args) -> Recorded:
    distributed = {name: getattr(args, name) for name in LOSSES[recipe["loss"]]}
    loss = build_loss(recipe["loss"], **recipe["loss_settings"], **distributed)
    return Recorded(loss, args.world_size)


def _create_model(original, learnable_temperature: bool, *rest, **named):
    model, *transforms = original(*rest, **named)
    model.logit_scale.requires_grad_(learnable_temperature)
    return model, *transforms


def _train_one_epoch(
    original, shared: data.SharedEpoch, folder: Path, seed: int,
    model, loaders, loss, epoch, optimizer, scaler, scheduler, teacher, args, tb_writer=None,
) -> None:  # fmt: skip
    """An epoch whose draws depend on its number alone, and its part of the history."""
    shared.set_value(epoch)
    for set_seed in (random.seed, torch.manual_seed, np.random.seed):
        set_seed((seed * 1_000_003 + epoch * 1009 + args.rank) % 2**32)
    original(
        model,
        loaders,
        loss,
        epoch,
        optimizer,
        scaler,
        scheduler,
        teacher,
        args,
        tb_writer=tb_writer,
    )
    rows = loss.rows(main_model(model).logit_scale.exp().item())
    if not all(math.isfinite(row["loss"]) for row in rows):
        raise FloatingPointError("the training loss is not finite; lower the learning rate")
    if args.rank == 0:
        write_text(folder / f"{epoch:06d}.json", json.dumps(rows))


def main_model(model: torch.nn.Module) -> torch.nn.Module:
    """The model itself, without what spreads it over processes."""
    return getattr(model, "module", model)


def _end_with_parent() -> None:
    """On Linux, let this process be killed when torchrun is: nobody else would end it."""
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


class _OnProcessors(DistributedDataParallel):
    """Without the number of a device, which processors have none of."""

    def __init__(self, module: torch.nn.Module, device_ids=None, **named):
        super().__init__(module, **named)


if __name__ == "__main__":
    run(ShardTraining.read(sys.argv[1]))
