"""Relatives of CLIP's loss that are said to close the gap, or to use what is known of the items.

x, y are unit embeddings of images and texts, s the logit scale, L = s x·yᵀ, n the batch size.
"In the manner of" marks a form that was not checked against its source's code.
"""

import torch
from torch.nn.functional import cross_entropy, log_softmax, mse_loss, normalize, pdist, softmax

from modgap.errors import InputError
from modgap.train.losses.base import Loss, Pairs, both_ways, contrastive
from modgap.train.losses.soft_targets import row_entropy
from modgap.train.similarity import Similarity, Teacher


class WeightedContrastive(Loss):
    """Images are drawn to all texts, each as much as its item is like theirs.

    ½ [−(1/n) Σ_i (1/Σ_j w_ij) Σ_j w_ij log softmax_j L_ij + CE(I, Lᵀ)], w_ij = (1 + S_ij) / 2 with
    S the cosines of a frozen image encoder; texts keep CLIP's targets.

    References
    ----------
    In the manner of Srinivasa et al. 2023, "CWCL: Cross-modal transfer with continuously weighted
    contrastive loss" (NeurIPS).
    """

    def __init__(self, similarity: Similarity):
        super().__init__()
        self.similarity = similarity

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        logits = pairs.logits
        weights = ((1 + self.similarity(pairs.items)) / 2).to(logits.dtype)
        shares = weights / weights.sum(dim=1, keepdim=True)
        return {"weighted_loss": both_ways(logits, shares, pairs.own)}


class CyclicConsistency(Loss):
    """CLIP's loss, and cosines that agree within the modalities and across them.

    CLIP + λ₁ (1/n) Σ_ij (x_i·x_j − y_i·y_j)² + λ₂ (1/n) Σ_ij (x_i·y_j − x_j·y_i)².

    References
    ----------
    Goel et al. 2022, "CyCLIP: Cyclic contrastive language-image pretraining" (NeurIPS); λ .25 each.
    """

    def __init__(self, in_modality: float = 0.25, cross_modality: float = 0.25):
        super().__init__()
        _not_negative("cyclic_consistency", in_modality=in_modality, cross_modality=cross_modality)
        self.in_modality = in_modality
        self.cross_modality = cross_modality

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        x, y, n = pairs.images, pairs.texts, len(pairs.images)
        across = x @ y.T
        return {
            "contrastive_loss": contrastive(pairs),
            "in_modality_loss": self.in_modality * (x @ x.T - y @ y.T).square().sum() / n,
            "cross_modality_loss": self.cross_modality * (across - across.T).square().sum() / n,
        }


class InModalitySeparation(Loss):
    """CLIP's loss, and images told apart as far as their captions differ.

    α [CE(I, L) + CE(I, Lᵀ)] + β CE(I, s M), M = x·xᵀ ∘ (1 − S) + diag(x·yᵀ), S the cosines of
    frozen embeddings of the captions. The source also shares the towers' weights: that is the
    settings `image_tower: transformer` and `shared_tower: true`.

    References
    ----------
    Eslami and de Melo 2025, "Mitigate the gap: Improving cross-modal alignment in CLIP" (ICLR);
    α 1, β .5.
    """

    def __init__(self, similarity: Similarity, alignment: float = 1.0, separation: float = 0.5):
        super().__init__()
        _not_negative("in_modality_separation", alignment=alignment, separation=separation)
        self.similarity = similarity
        self.alignment = alignment
        self.separation = separation

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        x, y = pairs.images, pairs.texts
        differ = 1 - self.similarity(pairs.items).to(x.dtype)
        matched = (x @ x.T) * differ + torch.diag((x * y).sum(dim=1))
        return {
            "contrastive_loss": self.alignment * 2 * contrastive(pairs),
            "separation_loss": self.separation * cross_entropy(pairs.scale * matched, pairs.own),
        }


class AlignmentUniformity(Loss):
    """CLIP's loss, pairs drawn together, and their centres spread over the sphere.

    CLIP + λ₁ (1/n) Σ_i ‖x_i − y_i‖² + λ₂ log mean_{i<j} exp(−2 ‖c_i − c_j‖²), c_i = x_i + y_i made
    unit length.

    References
    ----------
    Grassucci et al. 2026 (ModGap, ICLR). The weights λ are a choice made here: 1 each.
    """

    def __init__(self, alignment: float = 1.0, uniformity: float = 1.0):
        super().__init__()
        _not_negative("alignment_uniformity", alignment=alignment, uniformity=uniformity)
        self.alignment = alignment
        self.uniformity = uniformity

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        x, y = pairs.images, pairs.texts
        distances = pdist(normalize(x + y, dim=1)).square()
        return {
            "contrastive_loss": contrastive(pairs),
            "alignment_loss": self.alignment * (x - y).square().sum(dim=1).mean(),
            "uniformity_loss": self.uniformity * (-2 * distances).exp().mean().log(),
        }


class RandomFeatureAlignment(Loss):
    """A short training after the first: both drawn to the same random vector, a teacher's softmax.

    KL(Q ‖ softmax L) + KL(Q′ ‖ softmax Lᵀ), halved, with Q = α I + (1 − α) softmax(L of the
    teacher) by rows and Q′ by columns, plus λ [mse(x, z) + mse(y, z)], z ~ N(0, I) drawn anew for
    each pair and shared by its two sides. There is no CLIP loss among them.

    Parameters
    ----------
    teacher
        Logits of the model that training starts from.
    one_hot
        α, 0 to 1.
    alignment
        λ, 0 or more.

    Raises
    ------
    InputError
        For a value out of range.

    References
    ----------
    Yamaguchi et al. 2025, "Post-pre-training for modality alignment in vision-language foundation
    models" (CLIP-Refine, CVPR); α .5, λ 1.
    """

    def __init__(self, teacher: Teacher, one_hot: float = 0.5, alignment: float = 1.0):
        super().__init__()
        _not_negative("random_feature_alignment", alignment=alignment)
        if not 0 <= one_hot <= 1:
            raise InputError(f"random_feature_alignment: one_hot {one_hot}; expected 0 to 1")
        self.teacher = teacher
        self.one_hot = one_hot
        self.alignment = alignment

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        taught = self.teacher(pairs.items)
        divergence = (
            self._divergence(taught, pairs.logits) + self._divergence(taught.T, pairs.logits.T)
        ) / 2
        drawn = torch.randn(*pairs.images.shape).to(pairs.images)
        random = mse_loss(pairs.images, drawn) + mse_loss(pairs.texts, drawn)
        return {"distillation_loss": divergence, "alignment_loss": self.alignment * random}

    def _divergence(self, taught: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        soft = (1 - self.one_hot) * softmax(taught, dim=1).to(logits.dtype)
        targets = soft + self.one_hot * torch.eye(len(logits)).to(logits)
        crossed = -(targets * log_softmax(logits, dim=1)).sum(dim=1)
        return (crossed - row_entropy(targets)).mean()


def _not_negative(loss: str, **weights: float) -> None:
    for name, value in weights.items():
        if not value >= 0:
            raise InputError(f"{loss}: {name} {value}; expected a weight, 0 or more")
