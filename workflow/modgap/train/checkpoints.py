"""Training that survives a kill: its whole state in one file, from which it goes on bit for bit."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from modgap.formats.files import whole_file
from modgap.formats.model_folder import separate_tensors

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """How far a training is.

    `rows`: the history so far, one row per step and one before the first. `epoch`: the number of
    the epoch, of which `used` batches were used; `generator`: the state of the generator of batches
    at its start.
    """

    rows: list[dict]
    epoch: int
    used: int
    generator: dict


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoint file of one training job.

    It holds the weights, the optimiser's and the generators' state, and the history, as safetensors
    with one JSON record: nothing in it is executed when it is read.

    Parameters
    ----------
    path
        The file; it is written whole or not at all, in place of the one before.
    every
        Steps from one checkpoint to the next; 0 for none.
    made_for
        All that decides the training, as JSON types. A checkpoint made for anything else is left
        alone and written over.
    """

    path: Path
    every: int
    made_for: dict

    def due(self, step: int) -> bool:
        """Whether a checkpoint is to be written after this step, counted from 1."""
        return self.every > 0 and step % self.every == 0

    def write(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer, place: Place) -> None:
        """Write the state of a training."""
        tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
        for number, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{number}/{key}": value for key, value in state.items()}
        tensors["generator"] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors["generator/cuda"] = torch.cuda.get_rng_state()
        tensors = separate_tensors(tensors)
        record = {"made_for": self.made_for, "place": asdict(place)}
        record["sha256"] = _digest(tensors, record)
        with whole_file(self.path) as partial:
            save_file(tensors, partial, metadata={"record": json.dumps(record)})

    def read(
        self, model: torch.nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[Place, dict[str, torch.Tensor]] | None:
        """Put the state of an interrupted training back into `model` and `optimizer`.

        Returns how far it was and the states for `restore_generators`; None, with nothing changed,
        if there is no checkpoint of this very training. A damaged one is left alone and said.
        """
        if self.every <= 0 or not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                record = json.loads(file.metadata()["record"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            sound = record.pop("sha256") == _digest(tensors, record)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s: damaged (%r); training starts anew", self.path, error)
            return None
        if not sound:
            log.warning("%s: damaged (other bytes than written); training starts anew", self.path)
            return None
        if record["made_for"] != json.loads(json.dumps(self.made_for)):
            log.warning("%s: of other settings or data; training starts anew", self.path)
            return None
        _put_back(tensors, model, optimizer)
        place = Place(**record["place"])
        log.info("%s: going on after step %d", self.path, len(place.rows) - 1)
        return place, {key: tensors[key] for key in tensors if key.startswith("generator")}

    def remove(self) -> None:
        """Delete the file: the job is done."""
        self.path.unlink(missing_ok=True)


def restore_generators(states: dict[str, torch.Tensor]) -> None:
    """Put torch's generators back to the states that `Checkpoints.read` returned."""
    torch.set_rng_state(states["generator"])
    if "generator/cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["generator/cuda"])


def _digest(tensors: dict[str, torch.Tensor], record: dict) -> str:
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _put_back(
    tensors: dict[str, torch.Tensor], model: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    weights = {
        name.removeprefix("model/"): value
        for name, value in tensors.items()
        if name.startswith("model/")
    }
    model.load_state_dict(weights)
    parameters = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, dict] = {}
    for name, value in tensors.items():
        if not name.startswith("optimizer/"):
            continue
        _, number, key = name.split("/")
        like = parameters[int(number)]
        # In the memory layout of the weights: another one may round otherwise.
        fits = value.shape == like.shape
        state.setdefault(int(number), {})[key] = (
            torch.empty_like(like, requires_grad=False).copy_(value) if fits else value
        )
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
