"""The word tokenizer of models trained here: it encodes captions and is saved with its model."""

import json
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

from modgap.errors import InputError, nearest
from modgap.formats.files import whole_file, write_text

log = logging.getLogger(__name__)
PAD, START, END = "<pad>", "<start>", "<end>"
# What stands between words, and so in none.
_BETWEEN = r"[-\s]"


class TextTokenizer(Protocol):
    """What training needs of a tokenizer: to encode captions, and to be saved with the model."""

    context_length: int

    @property
    def size(self) -> int:
        """Number of different tokens."""

    @property
    def config(self) -> dict:
        """What it adds to `text_cfg` in open_clip_config.json, besides its two sizes."""

    def tokens(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (n, context_length) int64."""

    def save(self, folder: str | os.PathLike) -> None:
        """Write the files that `open_clip.get_tokenizer("local-dir:FOLDER")` reads."""


@dataclass(frozen=True)
class WordTokenizer:
    """A tokenizer with one token for each of a fixed list of words.

    A text is split at hyphens and white space. A word that is not in the list is an error, never a
    silent unknown; so it is for the saved tokenizer.

    Parameters
    ----------
    words
        All words, without hyphens and white space, each once.
    context_length
        Tokens of a text, the start and the end token included; longer texts are cut.

    Raises
    ------
    InputError
        If there is no word, a word twice, or one that the tokenizer would split.

    Examples
    --------
    >>> WordTokenizer(("red", "dog"), 5).tokens(["red dog", "dog"]).tolist()
    [[3, 1, 2, 4, 0], [3, 2, 4, 0, 0]]
    """

    words: tuple[str, ...]
    context_length: int

    def __post_init__(self):
        bad = [word for word in self.words if not word or re.search(_BETWEEN, word)]
        if bad or len({PAD, START, END, *self.words}) != 3 + len(self.words) or not self.words:
            raise InputError(
                f"tokenizer: {len(self.words)} words"
                + (f", one of them {bad[0]!r}" if bad else "")
                + "; expected at least one, each once, without hyphens and white space"
            )

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """All tokens by their number.

        The end token has the highest: open_clip pools the text tower at the argmax of the tokens.
        """
        return (PAD, *self.words, START, END)

    @property
    def size(self) -> int:
        """Number of different tokens."""
        return len(self.vocabulary)

    @property
    def config(self) -> dict:
        """With this key open_clip takes the tokenizer from the model folder itself."""
        return {"hf_tokenizer_name": "local"}

    def tokens(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (n, context_length) int64, as the saved tokenizer encodes them.

        Raises `InputError` naming the first word that is not in the list. How many texts are cut
        is logged.
        """
        encoder = self._encoder()
        encoder.enable_truncation(self.context_length)
        encoder.enable_padding(pad_id=0, pad_token=PAD, length=self.context_length)
        try:
            encoded = encoder.encode_batch(list(texts))
        except Exception as error:  # tokenizers raises a bare Exception
            raise _unknown_word(encoder, texts, "tokenizer", error) from error
        cut = sum(bool(encoding.overflowing) for encoding in encoded)
        if cut:
            kept = self.context_length - 2
            log.warning("%d of %d texts are cut to their first %d words", cut, len(encoded), kept)
        ids = np.array([encoding.ids for encoding in encoded], dtype=np.int64)
        return ids.reshape(len(encoded), self.context_length)

    def save(self, folder: str | os.PathLike) -> None:
        """Write tokenizer.json and tokenizer_config.json, for open_clip and transformers."""
        with whole_file(Path(folder) / "tokenizer.json") as partial:
            self._encoder().save(str(partial))
        settings = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": PAD,
            "bos_token": START,
            "eos_token": END,
            "model_max_length": self.context_length,
        }
        write_text(Path(folder) / "tokenizer_config.json", json.dumps(settings, indent=2) + "\n")

    def _encoder(self) -> Tokenizer:
        numbers = {word: number for number, word in enumerate(self.vocabulary)}
        encoder = Tokenizer(models.WordLevel(numbers))
        encoder.pre_tokenizer = pre_tokenizers.Split(Regex(_BETWEEN), behavior="removed")
        encoder.post_processor = processors.TemplateProcessing(
            single=f"{START} $A {END}",
            special_tokens=[(START, numbers[START]), (END, numbers[END])],
        )
        return encoder


def encoding_error(folder: str | os.PathLike, texts: Sequence[str], error: Exception) -> InputError:
    """The error of a model folder's tokenizer that failed on `texts`, naming word and text."""
    path = Path(folder) / "tokenizer.json"
    if not path.is_file():
        return InputError(f"{folder}: its tokenizer cannot encode the texts ({error})")
    return _unknown_word(Tokenizer.from_file(str(path)), texts, str(folder), error)


def _unknown_word(
    encoder: Tokenizer, texts: Sequence[str], where: str, error: Exception
) -> InputError:
    words = encoder.get_vocab(with_added_tokens=True)
    for row, text in enumerate(texts):
        for word, _ in encoder.pre_tokenizer.pre_tokenize_str(text):
            if word not in words:
                return InputError(
                    f"{where}: the word {word!r} of text {row} ({text!r}) is none of the "
                    f"{len(words) - 3} words that the model was trained with; "
                    f"{_hint(word, words)}"
                )
    return InputError(f"{where}: the tokenizer cannot encode the texts ({error})")


def _hint(word: str, words: dict[str, int]) -> str:
    hint = nearest(word, sorted(words))
    return hint if hint.startswith("did") else "write it otherwise or train with it"
