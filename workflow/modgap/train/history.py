"""What is written down at each training step, on a fixed held-out set."""

import logging
from dataclasses import dataclass

import numpy as np
import torch
from open_clip.model import CLIP

from modgap.metrics.entropy import logit_entropy
from modgap.metrics.gap import l2m, rmg
from modgap.metrics.retrieval import recall_at_k

log = logging.getLogger(__name__)
# A gap needs two pairs: with one, RMG has no pair within a modality.
_FEWEST = 2


@dataclass(frozen=True)
class Probe:
    """A fixed held-out set: normalised images (n, 3, h, w) and the tokens of their captions (n, c).

    A history row has `step`, `epoch`, `loss` (that step's batch), `temperature` (1 / logit scale),
    `logit_bias` if the model has one, and, at probed steps, `l2m`, `rmg`, `recall` (R@1
    from image to text, equal captions being one), `entropy` (mean entropy in nats of the
    image-to-text softmax over the n captions) and `left_out`; null elsewhere.

    A tower that ends in a ReLU can map an item to exactly zero, which has no direction. Such pairs
    are left out of that row's numbers, and `left_out` counts them: a training is not worth less for
    them. Of fewer than two pairs nothing is measured.
    """

    images: torch.Tensor
    tokens: torch.Tensor

    @torch.no_grad()
    def measure(self, model: CLIP) -> dict[str, float]:
        """Gap, recall and entropy of `model` on the held-out set, in evaluation mode."""
        model.eval()
        images = model.encode_image(self.images, normalize=True).float().cpu().numpy()
        texts = model.encode_text(self.tokens, normalize=True).float().cpu().numpy()
        model.train()
        kept = images.any(axis=1) & texts.any(axis=1)
        left_out = int((~kept).sum())
        if left_out:
            log.warning("%d of %d held-out pairs have an embedding of zeros", left_out, len(kept))
        row = {**self.scales(model), "left_out": left_out}
        if kept.sum() < _FEWEST:
            return row
        images, texts, captions = images[kept], texts[kept], self.tokens.cpu().numpy()[kept]
        _, groups = np.unique(captions, axis=0, return_inverse=True)
        recall = recall_at_k(images, texts, ks=(1,), text_groups=groups.ravel())
        scale = float(np.exp(model.logit_scale.item()))
        return {
            **row,
            "l2m": l2m(images, texts),
            "rmg": rmg(images, texts),
            "recall": recall.image_to_text[1],
            "entropy": logit_entropy(images, texts, scale),
        }

    @staticmethod
    def scales(model: CLIP) -> dict[str, float]:
        """The softmax temperature of `model`, and its logit bias if it has one."""
        temperature = {"temperature": float(np.exp(-model.logit_scale.item()))}
        if model.logit_bias is None:
            return temperature
        return temperature | {"logit_bias": model.logit_bias.item()}
