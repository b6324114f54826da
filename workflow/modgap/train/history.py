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
# RMG needs two items of a modality.
_FEWEST = 2


@dataclass(frozen=True)
class Probe:
    """A fixed held-out set: normalised images (n, 3, h, w) and the tokens of their captions (n, c).

    A history row has `step`, `epoch`, `loss` (that step's batch), what `scales` gives, and, at
    probed steps, what `measure_pairs` gives; null elsewhere.
    """

    images: torch.Tensor
    tokens: torch.Tensor

    @torch.no_grad()
    def measure(self, model: CLIP) -> dict[str, float]:
        """`scales` of `model`, and `measure_pairs` of the held-out set in evaluation mode."""
        model.eval()
        images = model.encode_image(self.images, normalize=True).float().cpu().numpy()
        texts = model.encode_text(self.tokens, normalize=True).float().cpu().numpy()
        model.train()
        _, captions = np.unique(self.tokens.cpu().numpy(), axis=0, return_inverse=True)
        state = scales(model)
        return state | measure_pairs(images, texts, captions.ravel(), state["temperature"])


def scales(model: CLIP) -> dict[str, float]:
    """`temperature` of a model's softmax, 1 / logit scale, and its `logit_bias` if it has one."""
    temperature = {"temperature": float(np.exp(-model.logit_scale.item()))}
    if model.logit_bias is None:
        return temperature
    return temperature | {"logit_bias": model.logit_bias.item()}


def measure_pairs(
    images: np.ndarray, texts: np.ndarray, captions: np.ndarray, temperature: float
) -> dict[str, float]:
    """Gap, recall and entropy of held-out pairs.

    A tower that ends in a ReLU can map an item to exactly zero, which has no direction. Such pairs
    are left out and counted: a training is worth no less for them. Of fewer than two pairs nothing
    but their number is known.

    Parameters
    ----------
    images, texts
        Unit embeddings of the pairs, (n, d) each.
    captions
        (n,), the number of each pair's caption, equal ones having one number.
    temperature
        That of the model's softmax.

    Returns
    -------
    dict
        `l2m` and `rmg`; `recall`, R@1 from image to text, equal captions being one; `entropy`, the
        mean over images of that of the softmax over the texts, in nats; `left_out`, pairs with an
        embedding of zeros.
    """
    kept = images.any(axis=1) & texts.any(axis=1)
    counted = {"left_out": int((~kept).sum())}
    if counted["left_out"]:
        log.warning("%d of %d held-out pairs: an embedding of zeros", (~kept).sum(), len(kept))
    if kept.sum() < _FEWEST:
        return counted
    images, texts = images[kept], texts[kept]
    _, groups = np.unique(captions[kept], return_inverse=True)
    recall = recall_at_k(images, texts, ks=(1,), text_groups=groups)
    return {
        "l2m": l2m(images, texts),
        "rmg": rmg(images, texts),
        "recall": recall.image_to_text[1],
        "entropy": logit_entropy(images, texts, 1 / temperature),
        **counted,
    }
