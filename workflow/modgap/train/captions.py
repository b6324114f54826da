"""Any manifest with captions as training batches: views of captions drawn anew in each epoch."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from open_clip.tokenizer import get_clean_fn

from modgap.data.views import view
from modgap.errors import InputError
from modgap.formats.batches import Batch, to_tensor
from modgap.formats.manifest import Manifest
from modgap.formats.tokenizers import BytePairTokenizer
from modgap.train.history import Probe
from modgap.train.source import TrainingSource

log = logging.getLogger(__name__)
# Keeps what is drawn to look at the views apart from what training draws.
_TRIAL_SEED = 1_000_033
# What open_clip does to every text before its tokens are looked up.
_clean = get_clean_fn("whitespace")


@dataclass(frozen=True)
class CaptionData:
    """The images of a data set that have captions.

    Parameters
    ----------
    name
        The data set, for messages.
    pixels
        (m, size, size, 3) uint8, may be memory-mapped.
    rows
        (n,) int, which of the pixels each image is.
    items
        (n,) int64, the number of each image in its manifest.
    captions
        n tuples of at least one caption each.
    digest
        A hash of what the images look like.
    ids
        (n,) str, the id of each image, by which a loss can be told of it.
    """

    name: str
    pixels: np.ndarray
    rows: np.ndarray
    items: np.ndarray
    captions: tuple[tuple[str, ...], ...]
    digest: str
    ids: np.ndarray | None = None

    @classmethod
    def of(cls, manifest: Manifest, pixels: np.ndarray, rows: np.ndarray) -> "CaptionData":
        """The captioned images of a manifest, in its order.

        Parameters
        ----------
        manifest
            Of the data set; texts that are no captions are left alone.
        pixels, rows
            Its pixel cache: image i of the manifest is `pixels[rows[i]]`.

        Raises
        ------
        InputError
            If the manifest has no caption. Images without one are left out, counted and logged.
        """
        texts = manifest.texts[manifest.texts["kind"] == "caption"]
        if texts.empty:
            raise InputError(
                f"{manifest.dataset}/{manifest.split}: no text of kind caption among its "
                f"{len(manifest.texts)}; train on a data set with captions"
            )
        by_image = texts.groupby("image_id", sort=False)["text"].agg(tuple)
        captions = manifest.images["image_id"].map(by_image)
        has = captions.notna().to_numpy()
        if not has.all():
            left = len(has) - int(has.sum())
            log.warning("%s: %d of %d images have no caption", manifest.dataset, left, len(has))
        items = np.flatnonzero(has)
        cleaned = tuple(tuple(map(_clean, each)) for each in captions[has])
        digest = hashlib.sha256(manifest.pixels.encode())
        for column in ("image_id", "path", "row"):
            digest.update("\0".join(map(str, manifest.images[column])).encode())
        return cls(
            manifest.dataset,
            pixels,
            np.asarray(rows)[items],
            items,
            cleaned,
            digest.hexdigest(),
            manifest.images["image_id"].to_numpy(str)[items],
        )

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, which: np.ndarray) -> "CaptionData":
        """Some of the images, by their place here."""
        captions = tuple(self.captions[number] for number in which)
        ids = None if self.ids is None else self.ids[which]
        return replace(
            self, rows=self.rows[which], items=self.items[which], captions=captions, ids=ids
        )


def caption_source(
    data: CaptionData,
    test: CaptionData,
    settings: dict,
    training: dict,
    *,
    device: torch.device,
) -> TrainingSource:
    """The images of a data set with the views of their captions that `settings` name.

    An image with several captions shows one of them in each epoch. The tokenizer is learnt from all
    full captions of the data set, so that models of different views, or of its first items, can
    start from one another.

    Parameters
    ----------
    data
        What to train on.
    test
        Held-out images; `probe_items` of them, evenly spread, are the held-out set of the history,
        each with its first caption in full.
    settings
        The model's row: `items` (the first of `data`, all if it has fewer), `captions` (a name of
        `modgap.data.views`), `shift` (pixels that images are shifted at most).
    training
        That part of the configuration: `batch_size`, `probe_items`.
    device
        Where the batches go.

    Raises
    ------
    InputError
        If no caption has a word after the view, or the images do not fill one batch.
    """
    tokenizer = BytePairTokenizer.learn(text for texts in data.captions for text in texts)
    pool = data.some(np.arange(min(settings["items"], len(data))))
    _look_at_views(pool, settings["captions"])
    captions, shift, size = settings["captions"], settings["shift"], training["batch_size"]

    def epoch(rng: np.random.Generator) -> Iterator[Batch]:
        return _epoch(pool, tokenizer, captions, shift, size, rng, device)

    return TrainingSource(
        epoch=epoch,
        items=len(pool),
        items_left=len(pool),
        batch_size=size,
        image_size=pool.pixels.shape[1],
        tokenizer=tokenizer,
        probe=_probe(test, training["probe_items"], tokenizer, device),
        fingerprint=_fingerprint(pool, test),
        facts={"items": len(pool), "items_left": len(pool)},
        ids=None if pool.ids is None else pd.Series(pool.ids, pool.items),
    )


def _epoch(
    data: CaptionData,
    tokenizer: BytePairTokenizer,
    captions: str,
    shift: int,
    batch_size: int,
    rng: np.random.Generator,
    device: torch.device,
) -> Iterator[Batch]:
    """The batches of one epoch in a fresh order, without an incomplete last one."""
    order = rng.permutation(len(data))
    for start in range(0, len(order) - batch_size + 1, batch_size):
        which = order[start : start + batch_size]
        texts = view(_one_each([data.captions[i] for i in which], rng), captions, rng)
        pixels = shifted(data.pixels[data.rows[which]], shift, rng)
        tokens = torch.from_numpy(tokenizer.tokens(texts)).to(device)
        items = torch.from_numpy(data.items[which]).to(device)
        yield Batch(to_tensor(pixels, device), tokens, items)


def _one_each(captions: list[tuple[str, ...]], rng: np.random.Generator) -> list[str]:
    """One caption of each image, drawn where there are several."""
    numbers = rng.integers([len(each) for each in captions])
    return [each[number] for each, number in zip(captions, numbers, strict=True)]


def shifted(pixels: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Each image moved by -`most` to `most` pixels along both axes; its border fills the rest.

    Parameters
    ----------
    pixels
        (n, height, width, 3) uint8.
    most
        Pixels; 0 draws nothing.
    rng
        Where to and how far.

    Returns
    -------
    numpy.ndarray
        Of the same shape and type.
    """
    if most == 0:
        return pixels
    count, height, width, _ = pixels.shape
    padded = np.pad(pixels, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    down, right = rng.integers(2 * most + 1, size=(2, count, 1))
    rows = (down + np.arange(height))[:, :, None]
    columns = (right + np.arange(width))[:, None, :]
    return padded[np.arange(count)[:, None, None], rows, columns]


def _look_at_views(data: CaptionData, captions: str) -> None:
    """Refuse a view that leaves no word of any caption before training starts."""
    rng = np.random.default_rng(_TRIAL_SEED)
    try:
        view(_one_each(list(data.captions), rng), captions, rng)
    except InputError as error:
        raise InputError(f"{data.name}: {error}") from error


def _probe(
    test: CaptionData, count: int, tokenizer: BytePairTokenizer, device: torch.device
) -> Probe:
    chosen = np.linspace(0, len(test) - 1, min(count, len(test))).round().astype(int)
    if len(test) < count:
        log.info("%s: all of its %d images are followed in training", test.name, len(test))
    shown = test.some(chosen)
    tokens = torch.from_numpy(tokenizer.tokens([texts[0] for texts in shown.captions])).to(device)
    return Probe(to_tensor(shown.pixels[shown.rows], device), tokens)


def _fingerprint(*parts: CaptionData) -> str:
    digest = hashlib.sha256()
    for data in parts:
        digest.update(json.dumps([data.digest, data.items.tolist(), data.captions]).encode())
    return digest.hexdigest()
