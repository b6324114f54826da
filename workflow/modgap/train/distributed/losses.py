"""Losses over the pairs of several processes."""

import argparse
from collections.abc import Mapping

import torch
from open_clip.loss import gather_features

from modgap.train.losses.base import Loss, Pairs
from modgap.train.losses.registry import build_loss, untold_losses

# Losses of open_clip's own, which share the work: what they take of the trainer's arguments.
_SHARING = {
    "clip": ("local_loss", "gather_with_grad", "rank", "world_size"),
    "sigmoid": ("rank", "world_size"),
}
# The trainer gives no item numbers, so a loss can be told of no items.
SHARD_LOSSES = untold_losses()


class GatheredLoss(Loss):
    """A loss that knows of no processes, on the pairs of all of them.

    Each process has the whole loss, and the gradients of the embeddings come back to the process
    that made them, so that their mean over processes, which is taken after it, is the gradient of
    one process with all pairs.

    Parameters
    ----------
    loss
        The loss; its bias at the start is this one's.
    rank, world_size
        The number of this process, and how many there are.
    """

    def __init__(self, loss: Loss, rank: int, world_size: int):
        super().__init__()
        self.loss, self.initial_bias = loss, loss.initial_bias
        self.rank, self.world_size = rank, world_size

    def parts(self, pairs: Pairs) -> dict[str, torch.Tensor]:
        """See `Loss.parts`."""
        images, texts = gather_features(
            pairs.images,
            pairs.texts,
            gather_with_grad=True,
            rank=self.rank,
            world_size=self.world_size,
        )
        # What a loss draws must be the same everywhere: the first process says what from.
        seed = torch.randint(2**62, (1,)).to(images.device)
        torch.distributed.broadcast(seed, 0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed.item())
            return self.loss.parts(pairs._replace(images=images, texts=texts))


def shard_loss(name: str, settings: Mapping, args: argparse.Namespace) -> Loss:
    """The loss of that name over the pairs of all processes.

    Parameters
    ----------
    name
        One of `SHARD_LOSSES`.
    settings
        What the loss is built with.
    args
        The trainer's arguments: rank, world_size and how features are gathered.

    Raises
    ------
    InputError
        As `build_loss`.
    """
    if name in _SHARING:
        return build_loss(name, **settings, **{key: getattr(args, key) for key in _SHARING[name]})
    loss = build_loss(name, **settings)
    return GatheredLoss(loss, args.rank, args.world_size) if args.world_size > 1 else loss
