"""Gap, recall and entropy of a model on held-out pairs of a shard, between epochs of training."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from modgap.errors import InputError
from modgap.formats.shards import IMAGES
from modgap.train.distributed.pairs import Faults, caption_text, picture
from modgap.train.distributed.shards import read_pairs
from modgap.train.history import measure_pairs, scales

_BATCH = 256


class ShardProbe:
    """The first pairs of a shard that is not trained on, with their full captions.

    Parameters
    ----------
    shard, pairs
        Its path, and how many pairs of it.
    preprocess
        What makes a picture an image of the model's size, (3, h, w).
    tokenizer
        The model's own.
    faults
        Where pairs that cannot be used are noted.
    """

    def __init__(
        self, shard: str, pairs: int, preprocess: Callable, tokenizer: Callable, faults: Faults
    ):
        self.shard, self.pairs, self.faults = shard, pairs, faults
        self.preprocess, self.tokenizer = preprocess, tokenizer

    @torch.no_grad()
    def measure(self, model: torch.nn.Module, device: torch.device) -> dict[str, float]:
        """What `measure_pairs` gives, in evaluation mode.

        Raises `InputError` if fewer than two pairs can be used.
        """
        model.eval()
        images, texts, words = [], [], []
        for pictures, captions in self._batches():
            encoded = model.encode_image(torch.stack(pictures).to(device), normalize=True)
            images.append(encoded.float().cpu().numpy())
            encoded = model.encode_text(self.tokenizer(captions).to(device), normalize=True)
            texts.append(encoded.float().cpu().numpy())
            words += captions
        model.train()
        if sum(map(len, images)) < 2:
            raise InputError(
                f"{self.shard}: fewer than two sound pairs to measure the model on; mend the shard "
                "or set probe_pairs to 0"
            )
        _, captions = np.unique(words, return_inverse=True)
        pairs = np.concatenate(images), np.concatenate(texts)
        return measure_pairs(*pairs, captions, scales(model)["temperature"])

    def _batches(self) -> Iterator[tuple[list[torch.Tensor], list[str]]]:
        pictures, captions = [], []
        for key, image, caption in read_pairs(self.shard, self.pairs):
            try:
                text = caption_text(caption)
                pictures.append(self.preprocess(picture(IMAGES[0], image)))
            except Exception as error:  # a decoder meets damage with whatever comes to its mind
                self.faults.note(f"{self.shard.rpartition('/')[2]}/{key}", f"not decoded: {error}")
                continue
            captions.append(text)
            if len(pictures) == _BATCH:
                yield pictures, captions
                pictures, captions = [], []
        if pictures:
            yield pictures, captions
