"""What a training loop is handed: pixels as a model wants them, tokens, and whose they are."""

from typing import NamedTuple

import numpy as np
import torch


class Batch(NamedTuple):
    """Image-caption pairs of one training step.

    `images` (n, 3, height, width) float32, normalised; `tokens` (n, context length) int64; `items`
    (n,) int64, the number of each image in its training set, by which a loss can look up what is
    known of it.
    """

    images: torch.Tensor
    tokens: torch.Tensor
    items: torch.Tensor


def to_tensor(pixels: np.ndarray, device: torch.device) -> torch.Tensor:
    """Colour pixels (n, h, w, 3) uint8 as (n, 3, h, w) float32 in [-1, 1], channels last."""
    tensor = torch.from_numpy(pixels).to(device, non_blocking=True).permute(0, 3, 1, 2)
    # Mean 0.5 and standard deviation 0.5 on a 0-1 scale.
    return tensor.float().div_(127.5).sub_(1.0)
