"""What a study declares: the grid of models to train and the data sets to measure them on."""

import re
from dataclasses import asdict, dataclass
from itertools import product

from modgap.errors import InputError
from modgap.runtime.gpu import count_gpus

# How a varied setting appears in a model's name.
_SHORT = {
    "attributes": "k",
    "main_factor": "main",
    "embed_dim": "d",
    "image_tower": "i",
    "text_width": "w",
    "text_layers": "l",
    "items": "n",
    "mismatched": "x",
    "filtered": "f",
    "epochs": "e",
    "text_rest": "r",
    "initial_temperature": "t",
    "learnable_temperature": "learnt",
    "seed": "s",
}
# The MAD data set without captions, of classes such as 7-red: the counterpart of ImageNet.
MAD_CLASSES = "mad-digit-colour"


@dataclass(frozen=True)
class TrainedModel:
    """One model of the controlled zoo: its experiment and all of its settings.

    `items`: size of its pool, the first items of MAD. `mismatched`: share of the pool whose
    captions belong to other items; `filtered`: share of those left out before training.
    """

    experiment: str
    items: int
    mismatched: float
    filtered: float
    epochs: int
    text_rest: float
    initial_temperature: float
    learnable_temperature: bool
    embed_dim: int
    image_tower: str
    text_width: int
    text_layers: int
    attributes: int
    main_factor: str
    seed: int

    @property
    def dataset(self) -> str:
        """Name of the data set with this model's kind of captions."""
        return mad_dataset(self.main_factor, self.attributes)

    @property
    def items_left(self) -> int:
        """How many items of the pool its filter leaves to train on."""
        return self.items - round(self.filtered * round(self.mismatched * self.items))

    def settings(self) -> dict:
        """The settings alone: what training depends on."""
        return {key: value for key, value in asdict(self).items() if key != "experiment"}


def mad_dataset(main_factor: str, attributes: int) -> str:
    """Name of the MAD data set whose captions hold `main_factor` and `attributes` others."""
    return f"mad-{main_factor}-k{attributes}"


def mad_captions(dataset: str) -> tuple[str, int] | None:
    """The main factor and number of attributes that a MAD data set's name stands for.

    None for `MAD_CLASSES`, which has no captions. Raises `InputError` for any other name.
    """
    if dataset == MAD_CLASSES:
        return None
    found = re.fullmatch(r"mad-(\w+)-k(\d+)", dataset)
    if found is None:
        raise InputError(
            f"data set {dataset!r}: MAD data sets are {MAD_CLASSES} and mad-FACTOR-kNUMBER, "
            "such as mad-digit-k1"
        )
    return found[1], int(found[2])


def trained_models(config: dict) -> dict[str, TrainedModel]:
    """Expand `experiments`: model name → model, one per combination of an experiment's lists.

    A name holds the experiment and the settings that it lists: `captions-k3-s0`. A setting with one
    value instead of a list is the same for the whole experiment and not in the names.
    """
    models = {}
    for experiment, grid in config["experiments"].items():
        varied = [key for key in _SHORT if isinstance(grid.get(key), list)]
        fixed = {key: value for key, value in grid.items() if key not in varied}
        for values in product(*(grid[key] for key in varied)):
            settings = config["model"] | fixed | dict(zip(varied, values, strict=True))
            parts = [f"{_SHORT[key]}{value}" for key, value in zip(varied, values, strict=True)]
            models["-".join([experiment, *parts])] = TrainedModel(experiment, **settings)
    return models


def gpus_per_job(device: str) -> int:
    """How many GPUs a job asks for on `device` (auto, cpu, cuda, cuda:N), without loading torch."""
    if device == "auto":
        return int(count_gpus() > 0)
    return int(device != "cpu")
