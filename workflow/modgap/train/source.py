"""What a model is trained on, whatever the data set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.batches import Batch
from modgap.formats.tokenizers import TextTokenizer
from modgap.train.history import Probe


@dataclass(frozen=True)
class TrainingSource:
    """Batches of one data set and all that a model must know of it.

    Parameters
    ----------
    epoch
        Given a generator, yields the batches of one epoch, of `batch_size` pairs each; all that is
        random in them (order, captions, colours, shifts) is drawn from that generator.
    items, items_left
        Size of the training set, which decides the number of steps, and how many of these items a
        filter left for an epoch to show.
    batch_size
        Pairs of a batch.
    image_size
        Height and width of the images, in pixels.
    tokenizer
        What made the tokens; it is saved with the model.
    probe
        The held-out set of the history.
    fingerprint
        A hash of the data, so that an interrupted training goes on with the same data only.
    facts
        What the model's record says of its training data.
    labels
        (items, factors) integers by item number, as far as they are the same in every epoch; None
        where nobody knows them.
    ids
        The id of each item that is shown, in its data set, indexed by item number; None where items
        have none.

    Raises
    ------
    InputError
        If what is left does not fill one batch.
    """

    epoch: Callable[[np.random.Generator], Iterator[Batch]]
    items: int
    items_left: int
    batch_size: int
    image_size: int
    tokenizer: TextTokenizer
    probe: Probe
    fingerprint: str
    facts: dict = field(default_factory=dict)
    labels: np.ndarray | None = None
    ids: pd.Series | None = None

    def __post_init__(self):
        if self.items_left < self.batch_size:
            raise InputError(
                f"training: {self.items_left} items do not fill one batch of {self.batch_size}; "
                "lower training.batch_size, raise the number of items, or filter fewer of them"
            )
