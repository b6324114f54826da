"""Tiny MAD-shaped training sets."""

import numpy as np
import torch

from modgap.mad.batches import TrainingData
from modgap.mad.colours import colourise
from modgap.train.mad import mad_source

CPU = torch.device("cpu")
_VALUES = (10, 3, 2, 2, 2, 7)


def labels(count, seed):
    """Random labels (count, 6)."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(n, size=count) for n in _VALUES], axis=1)


def noise(count, *shape):
    """Random pixels (count, 28, 28, *shape): nothing to learn."""
    pixels = np.random.default_rng(count).integers(256, size=(count, 28, 28, *shape))
    return TrainingData(pixels.astype(np.uint8), labels(count, count))


def bars(count=128, seed=0):
    """Bars whose height is the digit: something a tower can learn."""
    values = labels(count, seed)
    pixels = np.zeros((count, 28, 28), dtype=np.uint8)
    for image, label in zip(pixels, values[:, 0], strict=True):
        image[1 : 4 + 2 * label, 10:20] = 255
    return TrainingData(pixels, values)


def tiny_source(count=128, batch_size=32, **pool):
    """A source of bars with captions of two words; `pool`: mismatched, filtered."""
    test = bars(40, seed=1)
    test = TrainingData(colourise(test.pixels, test.labels[:, 5], official=False), test.labels)
    settings = {"items": count, "mismatched": 0, "filtered": 0, "seed": 0}
    settings |= {"unnamed": "", "hidden": ""}
    settings |= {"main_factor": "digit", "attributes": 1, **pool}
    training = {"batch_size": batch_size, "probe_items": 40}
    return mad_source(bars(count), test, settings, training, official_colours=False, device=CPU)
