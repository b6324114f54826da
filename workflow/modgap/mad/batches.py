"""Training batches from memory: colours and captions are drawn anew for every epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from modgap.errors import InputError
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


def to_tensor(pixels: np.ndarray, device: torch.device) -> torch.Tensor:
    """Colour pixels (n, h, w, 3) uint8 as (n, 3, h, w) float32 in [-1, 1], channels last."""
    tensor = torch.from_numpy(pixels).to(device, non_blocking=True).permute(0, 3, 1, 2)
    # Mean 0.5 and standard deviation 0.5 on a 0-1 scale.
    return tensor.float().div_(127.5).sub_(1.0)


def epoch_batches(
    data: TrainingData,
    captions: CaptionSpec,
    batch_size: int,
    rng: np.random.Generator,
    official_colours: bool,
    device: torch.device,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield (images, tokens) for one epoch in a fresh order, without an incomplete last batch."""
    shown, captioned_by = data.pairs.T
    order = rng.permutation(len(shown))
    labels = data.labels.copy()
    labels[:, COLOUR] = rng.integers(len(COLOURS), size=len(data))
    tokens = caption_tokens(draw_captions(labels[captioned_by], captions, rng))
    for start in range(0, len(order) - batch_size + 1, batch_size):
        rows = order[start : start + batch_size]
        items = shown[rows]
        pixels = colourise(data.pixels[items], labels[items, COLOUR], official=official_colours)
        yield to_tensor(pixels, device), torch.from_numpy(tokens[rows]).to(device)
