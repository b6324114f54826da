"""What one training on shards is, for the processes that share it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from modgap.formats.files import write_text


@dataclass(frozen=True)
class ShardTraining:
    """One training.

    Parameters
    ----------
    start
        Folder of the model that it starts from.
    work
        Folder of checkpoints, history and faults.
    shards, pairs
        Paths of the shards, and how many pairs they hold together.
    probe
        Path of the shard that gap and entropy are measured on, "" for none.
    recipe
        `captions` (a view), `loss`, `loss_settings`, `learnable_temperature`, `probe_pairs`,
        `seed`, and what `trainer_arguments` reads.
    """

    start: str
    work: str
    shards: tuple[str, ...]
    pairs: int
    probe: str
    recipe: Mapping

    @property
    def faults(self) -> Path:
        """Folder of the faults that processes note."""
        return Path(self.work) / "faults"

    @property
    def epochs(self) -> Path:
        """Folder of the history, a file for each epoch."""
        return Path(self.work) / "epochs"

    @property
    def checkpoint(self) -> Path:
        """The state after the last whole epoch."""
        return Path(self.work) / _NAME / "checkpoints" / "epoch_latest.pt"

    def write(self, path: str | os.PathLike) -> None:
        """Write it for the processes to read."""
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: str | os.PathLike) -> "ShardTraining":
        """What `write` wrote."""
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(**record | {"shards": tuple(record["shards"])})


_NAME = "trainer"
# Its own name of the setting → open_clip_train's option.
_OPTIONS = {
    "epochs": "--epochs",
    "batch_size": "--batch-size",
    "learning_rate": "--lr",
    "weight_decay": "--wd",
    "beta1": "--beta1",
    "beta2": "--beta2",
    "epsilon": "--eps",
    "warmup_steps": "--warmup",
    "precision": "--precision",
    "workers": "--workers",
    "seed": "--seed",
}


def trainer_arguments(training: ShardTraining, device: str) -> list[str]:
    """The arguments of open_clip_train's main; `device`: cuda or cpu.

    The loss is over all processes' pairs, of which each works out its own rows, as in the paper's
    set-up. A checkpoint is written after each epoch, from which the next start goes on.
    """
    recipe = training.recipe
    options = [part for name, option in _OPTIONS.items() for part in (option, str(recipe[name]))]
    crop = recipe["smallest_crop"]
    return [
        *("--model", f"local-dir:{training.start}", "--dataset-type", "webdataset"),
        *("--train-data", training.shards[0], "--train-num-samples", str(training.pairs)),
        *options,
        *("--aug-cfg", f"scale=({crop},1.0)"),
        *("--local-loss", "--gather-with-grad", "--device", device),
        *("--dist-backend", "nccl" if device == "cuda" else "gloo"),
        *("--logs", training.work, "--name", _NAME),
        *("--save-most-recent", "--save-frequency", "0", "--resume", "latest"),
    ]
