"""The tokenizers of models trained here: they encode captions and are saved with their models.

One has a token for each word of a fixed list and refuses any other word; one is learnt from
captions and has tokens for whatever text there is, if it must byte by byte.
"""

import json
import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from modgap.errors import InputError, nearest
from modgap.formats.files import whole_file, write_text

log = logging.getLogger(__name__)
PAD, START, END = "<pad>", "<start>", "<end>"
# What stands between words, and so in none.
_BETWEEN = r"[-\s]"
# Marks that end words, clauses and sentences; not those within 1,000 or 3.5.
_BEHIND_WORDS = r"[,.;:!?]+(?=\s|$)"


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
        try:
            ids, cut = _encode(encoder, texts, self.context_length)
        except Exception as error:  # tokenizers raises a bare Exception
            raise _unknown_word(encoder, texts, "tokenizer", error) from error
        if cut:
            kept = self.context_length - 2
            log.warning("%d of %d texts are cut to their first %d words", cut, len(ids), kept)
        return ids

    def save(self, folder: str | os.PathLike) -> None:
        """Write tokenizer.json and tokenizer_config.json, for open_clip and transformers."""
        _save(self._encoder(), self.context_length, folder)

    def _encoder(self) -> Tokenizer:
        numbers = {word: number for number, word in enumerate(self.vocabulary)}
        encoder = Tokenizer(models.WordLevel(numbers))
        encoder.pre_tokenizer = pre_tokenizers.Split(Regex(_BETWEEN), behavior="removed")
        return _between_marks(encoder)


@dataclass(frozen=True)
class BytePairTokenizer:
    """A byte-level byte-pair tokenizer: frequent words are one token, any other text is several.

    No word is unknown to it, whatever it was learnt from. Capitals are lowered, as in CLIP; commas,
    full stops and the like behind a word are left out. A word of one text alone is no token of its
    own, so that the tokens that unseen words are spelt with are learnt too.

    Parameters
    ----------
    encoder
        The tokenizer as JSON, as `learn` makes it.
    context_length
        Tokens of a text, the start and the end token included; longer texts are cut.

    References
    ----------
    Sennrich, Haddow and Birch 2016, "Neural machine translation of rare words with subword units".

    Examples
    --------
    >>> tokenizer = BytePairTokenizer.learn(["red dog", "blue dog", "red cat"])
    >>> tokenizer.context_length, tokenizer.tokens(["red DOG", "dog"]).shape
    (8, (2, 8))
    """

    encoder: str
    context_length: int

    @classmethod
    def learn(
        cls, texts: Iterable[str], *, vocabulary: int = 8192, longest: int = 77
    ) -> "BytePairTokenizer":
        """The tokenizer of a set of texts, the same for the same texts in any order.

        Parameters
        ----------
        texts
            What to learn from; a text counts once, however often it is there.
        vocabulary
            Number of tokens at most, the 256 bytes included.
        longest
            Tokens of a text at most. The context is as long as 99 of 100 of `texts` need: the
            time that a text tower takes goes with it. How many are cut is logged.

        Raises
        ------
        InputError
            If there is no text that is not empty.
        """
        different = sorted({text for text in texts if text.strip()})
        if not different:
            raise InputError("tokenizer: no text to learn from")
        encoder = Tokenizer(models.BPE())
        marks = normalizers.Replace(Regex(_BEHIND_WORDS), "")
        encoder.normalizer = normalizers.Sequence(
            [normalizers.NFC(), normalizers.Lowercase(), marks]
        )
        # With a space before the first word too: a word is the same token wherever it stands.
        encoder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        encoder.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary - 2,
            min_frequency=2,
            special_tokens=[PAD],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        encoder.train_from_iterator(different, trainer)
        # Last, so that the end token has the highest number: open_clip pools at the argmax.
        encoder.add_special_tokens([AddedToken(mark, normalized=False) for mark in (START, END)])
        encoder = _between_marks(encoder)
        lengths = [len(encoding.ids) for encoding in encoder.encode_batch(different)]
        context = min(longest, int(np.quantile(lengths, 0.99, method="higher")))
        if long := sum(length > context for length in lengths):
            log.warning("%d of %d texts are cut to %d tokens", long, len(lengths), context)
        return cls(encoder.to_str(), context)

    @cached_property
    def _built(self) -> Tokenizer:
        return Tokenizer.from_str(self.encoder)

    @property
    def size(self) -> int:
        """Number of different tokens."""
        return self._built.get_vocab_size(with_added_tokens=True)

    @property
    def config(self) -> dict:
        """With this key open_clip takes the tokenizer from the model folder itself."""
        return {"hf_tokenizer_name": "local"}

    def tokens(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (n, context_length) int64, as the saved tokenizer encodes them."""
        return _encode(self._built, texts, self.context_length)[0]

    def save(self, folder: str | os.PathLike) -> None:
        """Write tokenizer.json and tokenizer_config.json, for open_clip and transformers."""
        _save(Tokenizer.from_str(self.encoder), self.context_length, folder)


def _between_marks(encoder: Tokenizer) -> Tokenizer:
    """With the start token before each text and the end token behind it."""
    encoder.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}",
        special_tokens=[(mark, encoder.token_to_id(mark)) for mark in (START, END)],
    )
    return encoder


def _encode(encoder: Tokenizer, texts: Sequence[str], length: int) -> tuple[np.ndarray, int]:
    """Texts as (n, length) int64, and how many of them were cut."""
    encoder.enable_truncation(length)
    encoder.enable_padding(pad_id=0, pad_token=PAD, length=length)
    encoded = encoder.encode_batch(list(texts))
    cut = sum(bool(encoding.overflowing) for encoding in encoded)
    ids = np.array([encoding.ids for encoding in encoded], dtype=np.int64)
    return ids.reshape(len(encoded), length), cut


def _save(encoder: Tokenizer, length: int, folder: str | os.PathLike) -> None:
    with whole_file(Path(folder) / "tokenizer.json") as partial:
        encoder.save(str(partial))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "bos_token": START,
        "eos_token": END,
        "model_max_length": length,
    }
    write_text(Path(folder) / "tokenizer_config.json", json.dumps(settings, indent=2) + "\n")


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
