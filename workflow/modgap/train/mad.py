"""MAD as training batches: a pool of its items, with captions of one kind."""

import hashlib

import numpy as np
import torch

from modgap.formats.batches import to_tensor
from modgap.mad.batches import TrainingData, epoch_batches
from modgap.mad.captions import CaptionSpec, draw_captions
from modgap.mad.colours import COLOUR
from modgap.mad.pools import filtered_pool
from modgap.mad.tokens import TOKENIZER, caption_tokens
from modgap.study.mad_datasets import factors_of
from modgap.train.history import Probe
from modgap.train.source import TrainingSource

# Enough to make the probe's captions differ from those of any training seed.
_PROBE_SEED = 1_000_003


def mad_source(
    data: TrainingData,
    test: TrainingData,
    settings: dict,
    training: dict,
    *,
    official_colours: bool,
    device: torch.device,
) -> TrainingSource:
    """The pool and the captions that `settings` name.

    Parameters
    ----------
    data
        Gray training pixels (n, size, size), without factors of shape that are hidden, and labels.
    test
        Coloured test pixels (m, size, size, 3) and labels; the first `probe_items` of them are the
        held-out set of the history.
    settings
        The model's row: `items`, `mismatched`, `filtered`, `main_factor`, `attributes`, `unnamed`,
        `hidden`, `seed`.
    training
        That part of the configuration: `batch_size`, `probe_items`.
    official_colours
        Whether colours are those of the official code.
    device
        Where the batches go.

    Raises
    ------
    InputError
        For more items than there are, shares outside 0 to 1, an unknown factor, a pool that does
        not fill one batch.
    """
    unnamed = factors_of(settings["unnamed"])
    captions = CaptionSpec(settings["main_factor"], settings["attributes"], unnamed)
    gray = "colour" in factors_of(settings["hidden"])
    pool = data.first(settings["items"])
    pool = filtered_pool(pool, settings["mismatched"], settings["filtered"], settings["seed"])

    def epoch(rng: np.random.Generator):
        size = training["batch_size"]
        return epoch_batches(pool, captions, size, rng, official_colours, device, gray)

    return TrainingSource(
        epoch=epoch,
        items=len(pool),
        items_left=len(pool.pairs),
        batch_size=training["batch_size"],
        image_size=pool.pixels.shape[1],
        tokenizer=TOKENIZER,
        probe=make_probe(test.first(training["probe_items"]), captions, device),
        fingerprint=_fingerprint(pool),
        facts={"items_left": len(pool.pairs), "official_colours": official_colours},
        # Colours are drawn anew in each epoch.
        labels=np.delete(pool.labels, COLOUR, axis=1),
    )


def make_probe(test: TrainingData, captions: CaptionSpec, device: torch.device) -> Probe:
    """The held-out set of the history: test items with captions of the model's own kind."""
    words = draw_captions(test.labels, captions, np.random.default_rng(_PROBE_SEED))
    tokens = torch.from_numpy(caption_tokens(words)).to(device)
    return Probe(to_tensor(test.pixels, device), tokens)


def _fingerprint(pool: TrainingData) -> str:
    digest = hashlib.sha256()
    for array in (pool.pixels, pool.labels, pool.pairs):
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()
