"""Losses by name."""

import inspect
from collections.abc import Callable

from modgap.errors import InputError, nearest
from modgap.train.losses.base import Loss
from modgap.train.losses.contrastive import Clip, DualCrossEntropy, ModalitySwapping, Sigmoid
from modgap.train.losses.relatives import (
    AlignmentUniformity,
    CyclicConsistency,
    InModalitySeparation,
    RandomFeatureAlignment,
    WeightedContrastive,
)
from modgap.train.losses.soft_targets import LabelSmoothing, SimilarityRegression, SoftTargets
from modgap.train.similarity import ItemTable

# One line adds a loss: its name in the configuration, and what builds it from its settings.
LOSSES: dict[str, Callable[..., Loss]] = {
    "clip": Clip,
    "sigmoid": Sigmoid,
    "soft_targets": SoftTargets,
    "label_smoothing": LabelSmoothing,
    "similarity_regression": SimilarityRegression,
    "weighted_contrastive": WeightedContrastive,
    "cyclic_consistency": CyclicConsistency,
    "in_modality_separation": InModalitySeparation,
    "alignment_uniformity": AlignmentUniformity,
    "random_feature_alignment": RandomFeatureAlignment,
    "dual_cross_entropy": DualCrossEntropy,
    "modality_swapping": ModalitySwapping,
}
# What a loss may need to know of the items, and the settings that say where from.
_KNOWN = {
    "similarity": "image_encoder, text_encoder, or similarity: labels",
    "teacher": "teacher: start",
}


def untold_losses() -> tuple[str, ...]:
    """Names of the losses that need to know nothing of the items of a training set."""
    taken = {name: set(inspect.signature(build).parameters) for name, build in LOSSES.items()}
    return tuple(name for name, settings in taken.items() if not settings & set(_KNOWN))


def build_loss(name: str, **settings) -> Loss:
    """The loss of that name.

    Parameters
    ----------
    name
        A key of `LOSSES`.
    **settings
        What that loss can be given; `similarity` and `teacher`, for losses that need one, are what
        `modgap.train.similarity` has, or None.

    Raises
    ------
    InputError
        For an unknown name, an unknown setting, or one that is missing.

    Examples
    --------
    >>> build_loss("sigmoid", initial_bias=-5.0).initial_bias
    -5.0
    """
    if name not in LOSSES:
        raise InputError(f"model.loss: {name!r} is no loss; {nearest(name, list(LOSSES))}")
    taken = inspect.signature(LOSSES[name]).parameters
    settings = {key: value for key, value in settings.items() if value is not None}
    for key, hint in _KNOWN.items():
        if (key in taken) != (key in settings):
            need = "needs to know" if key in taken else "does not use"
            raise InputError(f"model.loss: {name} {need} the items' {key} (loss_settings: {hint})")
    shown = {key: value for key, value in settings.items() if not isinstance(value, ItemTable)}
    try:
        inspect.signature(LOSSES[name]).bind(**settings)
        return LOSSES[name](**settings)
    except TypeError as error:
        raise InputError(f"model.loss: {name} cannot be built with {shown} ({error})") from error
