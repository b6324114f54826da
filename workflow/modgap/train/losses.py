"""Losses by name, called as open_clip calls its own.

A loss is built once and called at every step as
`loss(image_features, text_features, logit_scale, logit_bias=None, output_dict=True, items=None)`;
it returns its named parts, and their sum is what is minimised. So one loss serves the loop here and
open_clip's own trainer, which gives no `items`.
"""

import inspect
from collections.abc import Callable

import torch
from open_clip.loss import ClipLoss, SigLipLoss

from modgap.errors import InputError, nearest


class Loss(torch.nn.Module):
    """A loss on one batch.

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
        raise NotImplementedError


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

    def forward(
        self,
        image_features,
        text_features,
        logit_scale,
        logit_bias=None,
        output_dict=True,
        items=None,
    ):
        """See `Loss.forward`."""
        features = (image_features, text_features, logit_scale, logit_bias)
        return self.loss(*features, output_dict=True)


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

    def forward(
        self,
        image_features,
        text_features,
        logit_scale,
        logit_bias=None,
        output_dict=True,
        items=None,
    ):
        """See `Loss.forward`."""
        features = (image_features, text_features, logit_scale, logit_bias)
        return self.loss(*features, output_dict=True)


# One line adds a loss: its name in the configuration, and what builds it from its settings.
LOSSES: dict[str, Callable[..., Loss]] = {"clip": Clip, "sigmoid": Sigmoid}


def build_loss(name: str, **settings) -> Loss:
    """The loss of that name.

    Parameters
    ----------
    name
        A key of `LOSSES`.
    **settings
        What that loss can be given.

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
    try:
        inspect.signature(LOSSES[name]).bind(**settings)
        return LOSSES[name](**settings)
    except TypeError as error:
        raise InputError(f"model.loss: {name} cannot be built with {settings} ({error})") from error
