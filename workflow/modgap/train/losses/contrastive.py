"""Losses that tell each pair from the others of a batch, and know nothing else of the items."""

import torch
from open_clip.loss import ClipLoss, SigLipLoss
from torch.nn.functional import cross_entropy

from modgap.errors import InputError
from modgap.train.losses.base import Loss, Pairs, contrastive


class Clip(Loss):
    """The symmetric cross-entropy of CLIP over the pairs of a batch, open_clip's own.

    `distributed`: what open_clip's `ClipLoss` takes (rank, world_size, local_loss, …).

    References
    ----------
    Radford et al. 2021, "Learning transferable visual models from natural language supervision",
    figure 3.
    """

    def __init__(self, **distributed):
        super().__init__()
        self.loss = ClipLoss(**distributed)

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        return self.loss(*pairs[:4], output_dict=True)


class Sigmoid(Loss):
    """The pairwise sigmoid loss of SigLIP with its logit bias, open_clip's own.

    `initial_bias`: the bias at the start; −10 as in the source, so that the many pairs that do not
    match weigh little at first. `distributed`: what open_clip's `SigLipLoss` takes.

    References
    ----------
    Zhai et al. 2023, "Sigmoid loss for language image pre-training", algorithm 1.
    """

    def __init__(self, initial_bias: float = -10.0, **distributed):
        super().__init__()
        self.initial_bias = initial_bias
        self.loss = SigLipLoss(**distributed)

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        return self.loss(*pairs[:4], output_dict=True)


class DualCrossEntropy(Loss):
    """Each item against all others of the batch, those of its own modality among them.

    −(1/2n) Σ_i log [exp(s x_i·y_i) / (Σ_j exp(s x_i·y_j) + Σ_{j≠i} exp(s x_i·x_j))] over images x
    with texts y, and the same with the two exchanged: a softmax over 2n − 1 items.

    References
    ----------
    In the manner of Liang et al. 2022, "Mind the gap", which name such a loss in passing.
    """

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        logits, total = pairs.logits, 0.0
        for across, own in ((logits, pairs.images), (logits.T, pairs.texts)):
            within = (pairs.scale * own @ own.T).masked_fill(
                torch.eye(len(own), dtype=torch.bool, device=own.device), -torch.inf
            )
            total = total + cross_entropy(torch.cat([across, within], dim=1), pairs.own) / 2
        return {"dual_loss": total}


class ModalitySwapping(Loss):
    """CLIP's loss after some pairs exchanged their image and text embedding.

    Each pair is swapped with `probability`, drawn anew at every step by torch's generator, so that
    items of one modality stand against each other too.

    References
    ----------
    In the manner of Yaras et al. 2025, "Explaining and mitigating the modality gap in contrastive
    multimodal learning" (CPAL), hard swapping.
    """

    def __init__(self, probability: float = 0.5):
        super().__init__()
        if not 0 <= probability <= 1:
            raise InputError(f"modality_swapping: probability {probability}; expected 0 to 1")
        self.probability = probability

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        drawn = torch.rand(len(pairs.images), 1).to(pairs.images.device)
        swapped = drawn < self.probability
        images = torch.where(swapped, pairs.texts, pairs.images)
        texts = torch.where(swapped, pairs.images, pairs.texts)
        return {"contrastive_loss": contrastive(pairs._replace(images=images, texts=texts))}
