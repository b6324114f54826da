"""What is written down at each training step, on a fixed held-out set."""

from dataclasses import dataclass

import numpy as np
import torch
from open_clip.model import CLIP

from modgap.metrics.entropy import logit_entropy
from modgap.metrics.gap import l2m, rmg


@dataclass(frozen=True)
class Probe:
    """A fixed held-out set: normalised images (n, 3, h, w) and the tokens of their captions (n, c).

    A history row has `step`, `epoch`, `loss` (that step's batch), `temperature` (1 / logit scale),
    and, at probed steps, `l2m`, `rmg` and `entropy` (mean entropy in nats of the image-to-text
    softmax over the n captions); null elsewhere.
    """

    images: torch.Tensor
    tokens: torch.Tensor

    @torch.no_grad()
    def measure(self, model: CLIP) -> dict[str, float]:
        """Gap and entropy of `model` on the held-out set, in evaluation mode."""
        model.eval()
        images = model.encode_image(self.images, normalize=True).float().cpu().numpy()
        texts = model.encode_text(self.tokens, normalize=True).float().cpu().numpy()
        model.train()
        scale = float(np.exp(model.logit_scale.item()))
        return {
            **self.temperature(model),
            "l2m": l2m(images, texts),
            "rmg": rmg(images, texts),
            "entropy": logit_entropy(images, texts, scale),
        }

    @staticmethod
    def temperature(model: CLIP) -> dict[str, float]:
        """The softmax temperature of `model`."""
        return {"temperature": float(np.exp(-model.logit_scale.item()))}
