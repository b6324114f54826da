"""Speed of the training loop beside the bare forward-backward loop on prepared batches.

`python benchmarks/train.py` prints a Markdown table. Both train the same model by the default
study's recipe on the same batches of random MAD-shaped items, one thread, in turn; the figure is
the median ratio.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import torch
import yaml

from modgap.formats.batches import Batch
from modgap.mad.batches import TrainingData
from modgap.study.config import read_config
from modgap.train.loop import train, train_step
from modgap.train.losses.base import Loss
from modgap.train.losses.registry import build_loss
from modgap.train.mad import mad_source
from modgap.train.recipe import Recipe, make_optimizer
from modgap.train.start import build_model
from modgap.train.towers import Towers

ROOT = Path(__file__).parents[1]
CPU = torch.device("cpu")
SIZE = 28


def random_items(count: int, rng: np.random.Generator, colour: bool) -> TrainingData:
    shape = (count, SIZE, SIZE, 3) if colour else (count, SIZE, SIZE)
    labels = np.stack([rng.integers(n, size=count) for n in (10, 3, 2, 2, 2, 7)], axis=1)
    return TrainingData(rng.integers(256, size=shape, dtype=np.uint8), labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=120)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    study = read_config(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")))
    training = study.training.model_dump()
    settings = study.model.model_copy(update={"epochs": 1, "attributes": 5}).named()
    recipe = Recipe(
        seed=0,
        **{k: v for k, v in training.items() if k in Recipe.__dataclass_fields__},
        **{k: settings[k] for k in Recipe.SETTINGS if k in settings},
    )
    towers = Towers(**{key: settings[key] for key in Towers.SETTINGS})
    rng = np.random.default_rng(0)
    settings["items"] = arguments.steps * recipe.batch_size
    source = mad_source(
        random_items(settings["items"], rng, colour=False),
        random_items(training["probe_items"], rng, colour=True),
        settings,
        training,
        official_colours=False,
        device=CPU,
    )
    model_config = towers.model_config(source.image_size, source.tokenizer)
    loss = build_loss("clip")
    batches = list(source.epoch(rng))
    ratios, rates = [], []
    for _ in range(arguments.rounds):
        bare = timed(lambda: bare_loop(model_config, loss, recipe, batches))
        ours = timed(lambda: train(build_model(model_config, recipe), source, loss, recipe, CPU))
        ratios.append(bare / ours)
        rates.append((source.items / ours, source.items / bare))
    ours, bare = (statistics.median(column) for column in zip(*rates, strict=True))
    print("| loop | items/s | share of the bare loop |\n| --- | ---: | ---: |")
    print(f"| bare forward-backward on prepared batches | {bare:.0f} | 1.00 |")
    print(
        f"| training: colours and captions drawn, history kept | {ours:.0f} "
        f"| {statistics.median(ratios):.2f} |"
    )


def bare_loop(model_config: dict, loss: Loss, recipe: Recipe, batches: list[Batch]) -> None:
    model = build_model(model_config, recipe).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, recipe)
    for batch in batches:
        train_step(model, optimizer, loss, batch, recipe.precision)


def timed(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
