"""The word-level tokenizer of MAD captions, saved so that open_clip loads it with the model."""

import json
import os
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

from modgap.formats.files import whole_file, write_text
from modgap.mad.captions import WORDS

PAD, START, END = "<pad>", "<start>", "<end>"
# The end token has the highest number: open_clip pools the text tower at the argmax of the tokens.
VOCABULARY = (PAD, *WORDS, START, END)
# Start, the six factors, end.
CONTEXT_LENGTH = 8


def caption_tokens(words: np.ndarray) -> np.ndarray:
    """Token ids (n, CONTEXT_LENGTH) int64 of captions given as word numbers (n, 1 + k).

    Word numbers index `modgap.mad.captions.WORDS`; k <= 5. Equal to the saved tokenizer's output.
    """
    count, length = words.shape
    tokens = np.zeros((count, CONTEXT_LENGTH), dtype=np.int64)
    tokens[:, 0] = VOCABULARY.index(START)
    tokens[:, 1 : 1 + length] = words + 1
    tokens[:, 1 + length] = VOCABULARY.index(END)
    return tokens


def save_tokenizer(folder: str | os.PathLike) -> None:
    """Write tokenizer.json and tokenizer_config.json for `open_clip.get_tokenizer("local-dir:…")`.

    A word that is not in the vocabulary is an error at encoding time, never a silent unknown.
    """
    words = {word: number for number, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(words))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[-\s]"), behavior="removed")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}",
        special_tokens=[(START, words[START]), (END, words[END])],
    )
    with whole_file(Path(folder) / "tokenizer.json") as partial:
        tokenizer.save(str(partial))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "bos_token": START,
        "eos_token": END,
        "model_max_length": CONTEXT_LENGTH,
    }
    write_text(Path(folder) / "tokenizer_config.json", json.dumps(settings, indent=2) + "\n")
