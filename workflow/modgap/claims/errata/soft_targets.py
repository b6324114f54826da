"""Errors in the source of soft targets and in the code of its relatives."""

import numpy as np

from modgap.claims.errata.erratum import Erratum, Values, paired_clouds


def sign_slip() -> Values:
    """Mean distance of true pairs if S is a distance, as written, and if it is a similarity."""
    image_features, text_features = paired_clouds()
    similarity = (image_features @ image_features.T + text_features @ text_features.T) / 2
    own = float(similarity.diagonal().mean())
    return own, round(1 - own, 12)


def transposed_targets() -> Values:
    """Largest deviation of a target row's sum from 1: transposed, and normalised by rows."""
    images, texts = paired_clouds(64)
    logits = (images @ images.T + texts @ texts.T) / 2 / 0.1
    targets = np.exp(logits - logits.max(axis=1, keepdims=True))
    targets /= targets.sum(axis=1, keepdims=True)
    by_column = np.exp(logits - logits.max(axis=0))
    by_column /= by_column.sum(axis=0)
    return tuple(float(np.abs(x.T.sum(axis=1) - 1).max().round(12)) for x in (targets, by_column))


def mean_square_gap() -> Values:
    """`modality_gap` as the mean square of the difference of means, and L2M."""
    from modgap.metrics.gap import l2m

    images, texts = paired_clouds()
    return float(((images.mean(axis=0) - texts.mean(axis=0)) ** 2).mean()), l2m(images, texts)


def other_uniformity() -> Values:
    """`uniformity` as minus the distance W₂ to N(0, I/d), and as Wang and Isola define it."""
    from modgap.metrics.geometry import uniformity

    images, _ = paired_clouds()
    d = images.shape[1]
    mean, spectrum = images.mean(axis=0), np.linalg.eigvalsh(np.cov(images.T))
    spread = ((np.sqrt(np.maximum(spectrum, 0)) - np.sqrt(1 / d)) ** 2).sum()
    return -float(np.sqrt(mean @ mean + spread)), float(uniformity(images))


ERRATA = (
    Erratum(
        "sign_slip",
        "soft_targets",
        "idea",
        "S is written as a target distance; as it is defined, it can only be a similarity.",
        "target distance of true pairs, made-up unimodal features",
        "Taken as written, training would push true pairs farthest apart.",
        sign_slip,
    ),
    Erratum(
        "transposed_targets",
        "soft_targets",
        "relatives",
        "A widely copied small CLIP uses the transposed targets, whose rows add up to no 1.",
        "largest deviation of a row's sum from 1",
        "The text side's loss weighs items unequally; targets are its own trainable embeddings.",
        transposed_targets,
    ),
    Erratum(
        "mean_square_gap",
        "soft_targets",
        "relatives",
        "`modality_gap` in the code of CLIP-Refine is L2M squared over d.",
        "gap of made-up pairs",
        "It falls with the number of dimensions and does not compare with other papers.",
        mean_square_gap,
    ),
    Erratum(
        "other_uniformity",
        "soft_targets",
        "relatives",
        "`uniformity` in the code of ModGap is minus a Wasserstein distance to N(0, I/d).",
        "uniformity of a made-up cloud",
        "It does not compare with Wang and Isola's uniformity, whose name it has.",
        other_uniformity,
    ),
)
