"""Speed of the training loop beside the bare forward-backward loop on prepared batches.

`python benchmarks/train.py` prints a Markdown table. Both train the same model on the same number
of batches of random MAD-shaped items, one thread, in turn; the figure is the median ratio.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import torch
import yaml

from modgap.mad.batches import TrainingData, epoch_batches
from modgap.mad.captions import CaptionSpec
from modgap.train.job import make_probe
from modgap.train.loop import Recipe, build_model, make_optimizer, train, train_step
from modgap.train.towers import IMAGE_SIZE, Towers

CPU = torch.device("cpu")


def random_items(count: int, rng: np.random.Generator, colour: bool) -> TrainingData:
    shape = (count, IMAGE_SIZE, IMAGE_SIZE, 3) if colour else (count, IMAGE_SIZE, IMAGE_SIZE)
    labels = np.stack([rng.integers(n, size=count) for n in (10, 3, 2, 2, 2, 7)], axis=1)
    return TrainingData(rng.integers(256, size=shape, dtype=np.uint8), labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    config = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
    training = {key: value for key, value in config["training"].items() if key != "probe_items"}
    training |= {key: config["model"][key] for key in Recipe.SETTINGS} | {"epochs": 1}
    captions = CaptionSpec("digit", 5)
    recipe = Recipe(captions=captions, seed=0, official_colours=False, **training)
    towers = Towers(**{key: config["model"][key] for key in Towers.SETTINGS})
    rng = np.random.default_rng(0)
    data = random_items(arguments.steps * recipe.batch_size, rng, colour=False)
    probe = make_probe(
        random_items(config["training"]["probe_items"], rng, colour=True), captions, CPU
    )
    batches = list(epoch_batches(data, captions, recipe.batch_size, rng, False, CPU))
    ratios, rates = [], []
    for _ in range(arguments.rounds):
        bare = timed(lambda: bare_loop(towers, recipe, batches))
        ours = timed(
            lambda: train(build_model(towers.model_config(), recipe), data, probe, recipe, CPU)
        )
        ratios.append(bare / ours)
        rates.append((len(data) / ours, len(data) / bare))
    ours, bare = (statistics.median(column) for column in zip(*rates, strict=True))
    print("| loop | items/s | share of the bare loop |\n| --- | ---: | ---: |")
    print(f"| bare forward-backward on prepared batches | {bare:.0f} | 1.00 |")
    print(
        f"| training: colours and captions drawn, history kept | {ours:.0f} "
        f"| {statistics.median(ratios):.2f} |"
    )


def bare_loop(towers: Towers, recipe: Recipe, batches: list) -> None:
    model = build_model(towers.model_config(), recipe).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, recipe)
    for images, tokens in batches:
        train_step(model, optimizer, images, tokens, recipe.precision)


def timed(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
