"""A pair between its shard and a batch: checked, its faults noted, its view drawn."""

import hashlib
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from modgap.data.draft import Problem
from modgap.data.folders import printable
from modgap.data.views import view
from modgap.errors import InputError
from modgap.formats.pictures import decode_picture
from modgap.formats.shards import CAPTION, IMAGES
from modgap.formats.text import decode

_WORD = re.compile(r"[^\W_]")


class Faults:
    """What the processes of a training cannot use, a file for each process.

    Parameters
    ----------
    folder
        Of these files; each process writes its own.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._noted: set[str] = set()

    def note(self, item: str, problem: str) -> None:
        """Write a fault down, once for each item."""
        if item in self._noted:
            return
        self._noted.add(item)
        line = "\t".join(printable(" ".join(part.split())) for part in (item, problem))
        with (self.folder / f"{os.getpid()}.tsv").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def read(self) -> list[Problem]:
        """What all processes noted, each item once, sorted."""
        noted = {}
        for path in sorted(self.folder.glob("*.tsv")):
            for line in path.read_text(encoding="utf-8").splitlines():
                item, _, problem = line.partition("\t")
                noted.setdefault(item, problem)
        return [Problem(item, noted[item]) for item in sorted(noted)]


class PairFilter:
    """Lets pairs of an image and a caption through, and of each nothing but these two.

    Other files of a sample would be decoded too, pickles among them. It remembers the sample that
    is decoded next, so that an error in decoding it can be told of which it was.
    """

    def __init__(self, faults: Faults):
        self.faults = faults
        self.current = ""

    def __call__(self, sample: dict[str, Any]) -> bool:
        """Whether a sample is a pair; what else it has is taken out of it."""
        self.current = f"{Path(sample['__url__']).name}/{sample['__key__']}"
        images = [suffix for suffix in IMAGES if suffix in sample]
        if not images:
            return False
        try:
            sample[CAPTION] = caption_text(sample.get(CAPTION)).encode()
        except InputError as error:
            self.faults.note(self.current, str(error))
            return False
        kept = ("__key__", "__url__", CAPTION, images[0])
        for name in [name for name in sample if name not in kept]:
            del sample[name]
        return True

    def failed(self, error: Exception) -> bool:
        """Note an error of decoding, and go on."""
        words = str(error).strip() or type(error).__name__
        self.faults.note(self.current, f"cannot be decoded: {words}")
        return True


class ViewTokenizer:
    """A tokenizer that draws a view of each caption first.

    Parameters
    ----------
    tokenizer
        The model's own.
    name
        A view of `modgap.data.views`.
    seed
        With the epoch and the caption it decides the draw, whichever process makes it, so that two
        processes draw what one would, and a training that goes on what it would have drawn. Where
        a caption occurs twice, both have the same view in one epoch.
    epoch
        Has the number of the current epoch, in all processes.
    """

    def __init__(self, tokenizer: Callable, name: str, seed: int, epoch: Any):
        self.tokenizer, self.name, self.seed, self.epoch = tokenizer, name, seed, epoch

    def __call__(self, texts: str | list[str]) -> torch.Tensor:
        """Tokens (n, context length) of the views of one or several captions."""
        texts = [texts] if isinstance(texts, str) else texts
        return self.tokenizer([self._view(text) for text in texts])

    def _view(self, text: str) -> str:
        key = f"{self.seed}\0{self.epoch.get_value()}\0{text}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(key).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:16], "little"))
        return view([text], self.name, rng)[0]


def caption_text(content: bytes | None) -> str:
    """The words in a caption's file; `InputError` if there is none, or none in it.

    Marks and encodings are those of `modgap.formats.text`.
    """
    if content is None:
        raise InputError("image without caption")
    text = decode(content, "caption")
    if not _WORD.search(text):
        raise InputError("caption without a word")
    return text


def picture(suffix: str, content: bytes) -> Image.Image | None:
    """An image's file as an RGB picture, as `modgap.formats.pictures` reads it.

    It is a handler of webdataset's decoder, which gives it all files: None for what is no image.
    """
    if suffix.rpartition(".")[2].lower() not in IMAGES:
        return None
    return decode_picture(io.BytesIO(content)).convert("RGB")
