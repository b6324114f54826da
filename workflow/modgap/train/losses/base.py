"""What every loss is: built once, called at every step as open_clip calls its own.

The call is `loss(image_features, text_features, logit_scale, logit_bias=None, output_dict=True,
items=None)`; it returns named parts, and their sum is what is minimised. So one loss serves the
loop here and open_clip's own trainer, which gives no `items`.
"""

from typing import NamedTuple

import torch
from torch.nn.functional import cross_entropy


class Pairs(NamedTuple):
    """The pairs of a batch as a loss sees them.

    `images`, `texts` (n, d): unit embeddings; `scale`: factor of the cosines, 1 / temperature;
    `bias`: added to the scaled cosines, for models that have one; `items` (n,) int64: the number of
    each pair's image in the training set, None where nobody counts them.
    """

    images: torch.Tensor
    texts: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor | None = None
    items: torch.Tensor | None = None

    @property
    def logits(self) -> torch.Tensor:
        """Scaled cosines (n, n), a row per image, without the bias."""
        return self.scale * self.images @ self.texts.T

    @property
    def own(self) -> torch.Tensor:
        """(n,) int64, the column of each row's partner."""
        return torch.arange(len(self.images), device=self.images.device)


class Loss(torch.nn.Module):
    """A loss on one batch; a subclass says what its `parts` are.

    `initial_bias`: where the model's logit bias starts; None for a loss of models without one.
    """

    initial_bias: float | None = None

    def forward(
        self,
        image_features: torch.Tensor,
        text_features: torch.Tensor,
        logit_scale: torch.Tensor,
        logit_bias: torch.Tensor | None = None,
        output_dict: bool = True,
        items: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        """The parts of the loss by name.

        Parameters
        ----------
        image_features, text_features
            Unit embeddings of the pairs of a batch, (n, d) each.
        logit_scale
            Factor of the cosines, 1 / temperature.
        logit_bias
            Added to the scaled cosines, for models that have one.
        output_dict
            As open_clip's trainer passes it; the result is a dictionary in any case.
        items
            (n,) int64, the number of each pair's image in the training set.
        """
        return self.parts(Pairs(image_features, text_features, logit_scale, logit_bias, items))

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """The parts of the loss by name, each one number."""
        raise NotImplementedError


def both_ways(
    logits: torch.Tensor, of_images: torch.Tensor, of_texts: torch.Tensor
) -> torch.Tensor:
    """½ [CE(P, L) + CE(P′, Lᵀ)], CE(P, L) = −(1/n) Σ_ij P_ij log softmax_j L_ij.

    `of_images`, `of_texts`: targets P, P′ of the rows, (n, n), or the columns of the partners (n,).
    """
    return (cross_entropy(logits, of_images) + cross_entropy(logits.T, of_texts)) / 2


def contrastive(pairs: Pairs) -> torch.Tensor:
    """CLIP's loss: `both_ways` with the partners as targets."""
    return both_ways(pairs.logits, pairs.own, pairs.own)
