"""Training batches from memory: colours and captions are drawn anew for every epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from modgap.errors import InputError
from modgap.formats.batches import Batch, to_tensor
from modgap.mad.captions import CaptionSpec, draw_captions
from modgap.mad.colours import COLOUR, COLOURS, colourise
from modgap.mad.tokens import caption_tokens


@dataclass(frozen=True)
class TrainingData:
    """Gray pixels (n, size, size) uint8 and factor labels (n, 6), one row per item.

    `pairs` (m, 2) are what is trained on: the item that is shown, and the item whose labels its
    caption names. Unless given, each item is shown with its own.
    """

    pixels: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray | None = None

    def __post_init__(self):
        if self.pairs is None:
            items = np.arange(len(self.pixels))
            object.__setattr__(self, "pairs", np.column_stack([items, items]))

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, count: int) -> "TrainingData":
        """The first `count` items; raises `InputError` if there are fewer."""
        if not 0 < count <= len(self):
            raise InputError(f"training items: {count} asked for, MAD holds {len(self)}")
        return TrainingData(self.pixels[:count], self.labels[:count])


def epoch_batches(
    data: TrainingData,
    captions: CaptionSpec,
    batch_size: int,
    rng: np.random.Generator,
    official_colours: bool,
    device: torch.device,
    gray: bool = False,
) -> Iterator[Batch]:
    """Yield the batches of one epoch in a fresh order, without an incomplete last one.

    `gray`: images do not show the colours that captions name.
    """
    shown, captioned_by = data.pairs.T
    order = rng.permutation(len(shown))
    labels = data.labels.copy()
    labels[:, COLOUR] = rng.integers(len(COLOURS), size=len(data))
    tokens = caption_tokens(draw_captions(labels[captioned_by], captions, rng))
    for start in range(0, len(order) - batch_size + 1, batch_size):
        rows = order[start : start + batch_size]
        items = shown[rows]
        colours = np.zeros_like(items) if gray else labels[items, COLOUR]
        pixels = colourise(data.pixels[items], colours, official=official_colours)
        numbers = (torch.from_numpy(array).to(device) for array in (tokens[rows], items))
        yield Batch(to_tensor(pixels, device), *numbers)
