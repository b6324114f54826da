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

import numpy as np
import open_clip_train.data as data
import open_clip_train.main as main
import torch
from torch.distributed.elastic.multiprocessing.errors import record
from torch.nn.parallel import DistributedDataParallel

from modgap.errors import InputError
from modgap.formats.files import write_text
from modgap.train.distributed.losses import shard_loss
from modgap.train.distributed.pairs import Faults, PairFilter, ViewTokenizer, picture
from modgap.train.distributed.probe import ShardProbe
from modgap.train.distributed.settings import ShardTraining, trainer_arguments
from modgap.train.history import scales

# webdataset's own, before ours take their names.
_batched, _decode = data.wds.batched, data.wds.decode


class Recorded(torch.nn.Module):
    """A loss that remembers its value over the pairs of all processes, logit scale and bias."""

    def __init__(self, loss: torch.nn.Module, processes: int):
        super().__init__()
        self.loss, self.processes = loss, processes
        self.steps: list[dict[str, torch.Tensor]] = []

    def forward(self, **outputs) -> dict[str, torch.Tensor]:
        """The parts of the loss, as the loss itself gives them."""
        parts = self.loss(**outputs)
        value = sum(parts.values()).detach().float().clone()
        if self.processes > 1:
            torch.distributed.all_reduce(value)
        step = {"loss": value / self.processes, "temperature": 1 / outputs["logit_scale"]}
        if outputs.get("logit_bias") is not None:
            step["logit_bias"] = outputs["logit_bias"]
        self.steps.append({key: each.detach().float().clone() for key, each in step.items()})
        return parts

    def rows(self, state: dict[str, float]) -> list[dict[str, float]]:
        """Loss, temperature and bias of each step since the last call.

        `state`: temperature and bias of the model now. A step's are those that it leads to, which
        the next one starts from.
        """
        steps = [{key: each.item() for key, each in step.items()} for step in self.steps]
        self.steps = []
        states = [{key: step[key] for key in state} for step in steps[1:]] + [state]
        return [{**after, "loss": step["loss"]} for step, after in zip(steps, states, strict=True)]


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


class Trainer:
    """What is ours in open_clip_train: it is put under the names that its modules look up.

    Parameters
    ----------
    training
        What to train.
    """

    def __init__(self, training: ShardTraining):
        self.training, self.recipe = training, training.recipe
        self.epoch = data.SharedEpoch()
        self.faults = Faults(training.faults)
        self.model = self.preprocess = self.tokenizer = None

    def run(self) -> None:
        """Train, or go on from the last whole epoch."""
        pairs = PairFilter(self.faults)
        data.filter_no_caption_or_no_image = pairs
        data.log_and_continue = pairs.failed
        data.wds.batched = Batches
        # Its own would clip deep pictures and leave turned ones on their side.
        data.wds.decode = lambda _, handler: _decode(picture, handler=handler)
        data.wds.shuffle = self._shuffle
        theirs = dict(vars(main))
        main.get_data = partial(self._get_data, theirs["get_data"])
        main.get_tokenizer = partial(self._get_tokenizer, theirs["get_tokenizer"])
        main.create_loss = self._create_loss
        create = theirs["create_model_and_transforms"]
        main.create_model_and_transforms = partial(self._create_model, create)
        main.train_one_epoch = partial(self._train_one_epoch, theirs["train_one_epoch"])
        device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cpu":
            torch.nn.parallel.DistributedDataParallel = _OnProcessors
        if main.main(trainer_arguments(self.training, device)):
            raise InputError(f"{self.training.work}: open_clip's trainer did not start")

    def _shuffle(self, bufsize: int, initial: int):
        """webdataset's own takes its seed from the clock."""
        seed = self.recipe["seed"]
        return data.detshuffle2(bufsize=bufsize, initial=initial, seed=seed, epoch=self.epoch)

    def _get_data(self, original, args, *rest, **named):
        # A list, since one text of all paths would read braces in them.
        args.train_data = list(self.training.shards)
        return original(args, *rest, **named)

    def _get_tokenizer(self, original, *rest, **named):
        self.tokenizer = original(*rest, **named)
        return ViewTokenizer(
            self.tokenizer, self.recipe["captions"], self.recipe["seed"], self.epoch
        )

    def _create_loss(self, args) -> Recorded:
        loss = shard_loss(self.recipe["loss"], self.recipe["loss_settings"], args)
        return Recorded(loss, args.world_size)

    def _create_model(self, original, *rest, **named):
        self.model, *transforms = original(*rest, **named)
        self.model.logit_scale.requires_grad_(self.recipe["learnable_temperature"])
        self.preprocess = transforms[-1]
        return self.model, *transforms

    def _train_one_epoch(self, original, model, loaders, loss, epoch, *rest, **named) -> None:
        """An epoch whose draws depend on its number alone, and its part of the history."""
        args = rest[-1]
        if epoch == 0:
            self._write_rows("start", [scales(self.model) | {"loss": None}], args)
        self.epoch.set_value(epoch)
        for set_seed in (random.seed, torch.manual_seed, np.random.seed):
            set_seed((self.recipe["seed"] * 1_000_003 + epoch * 1009 + args.rank) % 2**32)
        original(model, loaders, loss, epoch, *rest, **named)
        rows = loss.rows(scales(self.model))
        if not all(math.isfinite(row["loss"]) for row in rows):
            raise FloatingPointError("the training loss is not finite; lower the learning rate")
        self._write_rows(f"{epoch:06d}", rows, args)

    def _write_rows(self, name: str, rows: list[dict], args) -> None:
        """Write part of the history, its last row with the measures of the held-out pairs."""
        if args.rank != 0:
            return
        if self.training.probe:
            pairs, tools = self.recipe["probe_pairs"], (self.preprocess, self.tokenizer)
            probe = ShardProbe(self.training.probe, pairs, *tools, self.faults)
            rows[-1] |= probe.measure(self.model, torch.device(args.device))
        write_text(self.training.epochs / f"{name}.json", json.dumps(rows))


@record
def run(training: ShardTraining) -> None:
    """One process of a training, from its start to its end."""
    _end_with_parent()
    Trainer(training).run()


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
