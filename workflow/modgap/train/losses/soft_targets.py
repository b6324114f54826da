"""Losses that aim at how alike two items are, and the controls that show what that is worth.

S (n, n) says how alike the items of a batch are, 1 for an item with itself; it comes from what is
known of the training set (`modgap.train.similarity`), never from the model that is trained.
"""

import math

import torch
from torch.nn.functional import softmax

from modgap.errors import InputError, nearest
from modgap.train.losses.base import Loss, Pairs, both_ways, contrastive
from modgap.train.similarity import Similarity

SIDES = ("both", "image", "text")
_HALVINGS = 60


class SoftTargets(Loss):
    """CLIP's loss with similarities as targets in place of "this pair and no other".

    ½ [CE(Q, L) + CE(Q′, Lᵀ)] with Q = α I + (1 − α) softmax(S / τ_t) by rows, Q′ the same of Sᵀ. A
    softmax does not change when all cosines of a row move together, so nothing here asks a cosine
    to *be* S; `SimilarityRegression` does.

    Parameters
    ----------
    similarity
        Gives S.
    temperature
        τ_t, above 0: the lower, the nearer to CLIP's loss.
    one_hot
        α, 0 to 1; 1 is CLIP's loss.
    sides
        Whose targets are soft: both; "image", only those of images over texts; "text", only those
        of texts over images; the other side keeps CLIP's.

    Raises
    ------
    InputError
        For a value out of range.

    References
    ----------
    Pedersen 2025, "Closing the CLIP modality gap", which has S and neither a loss nor encoders; the
    loss is this study's. Similar: SoftCLIP (Gao et al., AAAI 2024), MedCLIP (Wang et al. 2022).
    """

    def __init__(
        self,
        similarity: Similarity,
        temperature: float = 0.1,
        one_hot: float = 0.0,
        sides: str = "both",
    ):
        super().__init__()
        if not temperature > 0:
            raise InputError(f"soft targets: temperature {temperature}; expected more than 0")
        if not 0 <= one_hot <= 1:
            raise InputError(f"soft targets: one_hot {one_hot}; expected a share, 0 to 1")
        if sides not in SIDES:
            raise InputError(f"soft targets: sides {sides!r}; {nearest(sides, SIDES)}")
        self.similarity = similarity
        self.temperature = temperature
        self.one_hot = one_hot
        self.sides = sides

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        similarity = self.similarity(pairs.items)
        plain = torch.eye(len(similarity), device=similarity.device)
        of_images = plain if self.sides == "text" else self.targets(similarity)
        of_texts = plain if self.sides == "image" else self.targets(similarity.T)
        logits = pairs.logits
        targets = (each.to(logits.dtype) for each in (of_images, of_texts))
        return {"soft_target_loss": both_ways(logits, *targets)}

    def targets(self, similarity: torch.Tensor) -> torch.Tensor:
        """Q of the rows of S, (n, n); each row adds up to 1."""
        soft = (1 - self.one_hot) * softmax(similarity / self.temperature, dim=1)
        return soft + self.one_hot * torch.eye(len(similarity), device=similarity.device)


class LabelSmoothing(SoftTargets):
    """The control of softness: targets as soft as `SoftTargets`' and equal for all other items.

    Row i has 1 − ε_i for its own item and ε_i / (n − 1) for each other, with ε_i such that its
    entropy is that of row i of Q. Settings as there.

    References
    ----------
    Szegedy et al. 2016, "Rethinking the inception architecture for computer vision", section 7,
    with one ε per row.
    """

    def targets(self, similarity: torch.Tensor) -> torch.Tensor:
        """Smoothed targets (n, n) with the entropy of each row of Q."""
        soft = super().targets(similarity)
        others = smoothing_of_entropy(row_entropy(soft), len(soft))
        spread = (others / max(1, len(soft) - 1))[:, None].expand_as(soft)
        return spread + torch.diag(1 - others - spread[:, 0])


class SimilarityRegression(Loss):
    """Cosines that are asked to be S: squared errors of pairs and of all others.

    mean_i (1 − x_i·y_i)² + mean_{i≠j} (x_i·y_j − S_ij)², plus `contrastive` times CLIP's loss.

    Parameters
    ----------
    similarity
        Gives S.
    contrastive
        Weight of CLIP's loss, 0 or more; with 0 the temperature is not trained.

    Raises
    ------
    InputError
        For a negative weight.

    References
    ----------
    Pedersen 2025, "Closing the CLIP modality gap", read to the letter: S is what the cosine of i
    and j should be (as a distance, 1 − S; see the errata), 1 for a pair.
    """

    def __init__(self, similarity: Similarity, contrastive: float = 0.0):
        super().__init__()
        if not contrastive >= 0:
            raise InputError(
                f"similarity_regression: contrastive {contrastive}; expected 0 or more"
            )
        self.similarity = similarity
        self.contrastive = contrastive

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        cosines, wanted = pairs.images @ pairs.texts.T, self.similarity(pairs.items)
        errors, n = (cosines - wanted.to(cosines.dtype)) ** 2, len(cosines)
        of_pairs = ((1 - cosines.diagonal()) ** 2).mean()
        of_others = (errors.sum() - errors.diagonal().sum()) / max(1, n * (n - 1))
        parts = {"regression_loss": of_pairs + of_others}
        if self.contrastive:
            parts["contrastive_loss"] = self.contrastive * contrastive(pairs)
        return parts


def row_entropy(targets: torch.Tensor) -> torch.Tensor:
    """Entropy of each row of (n, n) targets, (n,), in nats."""
    return -torch.xlogy(targets, targets).sum(dim=1)


def smoothing_of_entropy(entropies: torch.Tensor, n: int) -> torch.Tensor:
    """The ε of label smoothing over n items whose targets have these entropies, in nats.

    Examples
    --------
    >>> smoothing_of_entropy(torch.tensor([0.0, math.log(4)]), 4).tolist()
    [0.0, 0.75]
    """
    if n < 2:
        return torch.zeros_like(entropies)
    # The entropy rises with ε up to (n − 1) / n, where all items weigh the same.
    low = torch.zeros_like(entropies, dtype=torch.float64)
    high = torch.full_like(low, (n - 1) / n)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        own = torch.special.entr(1 - middle)
        too_soft = own + torch.special.entr(middle) + middle * math.log(n - 1) > entropies
        low, high = torch.where(too_soft, low, middle), torch.where(too_soft, middle, high)
    return low.to(entropies.dtype)
