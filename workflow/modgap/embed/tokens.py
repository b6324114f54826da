"""Texts as tokens, made once per tokenizer and set of texts."""

import hashlib
import json
import os
import random
from pathlib import Path

import numpy as np
import torch

from modgap.formats.files import whole_file
from modgap.formats.model_folder import load_tokenizer, tokenizer_files
from modgap.formats.preprocessing import read_model_config
from modgap.formats.tokenizers import encoding_error

_CHUNK = 4096


def tokenizer_key(model_folder: str | os.PathLike) -> str:
    """Hash of everything that decides how a model folder turns texts into tokens.

    Models with the same key share token caches: the text settings that open_clip hands to the
    tokenizer, and the contents of the tokenizer files if the model has its own.
    """
    folder = Path(model_folder)
    text = read_model_config(folder)["model_cfg"]["text_cfg"]
    names = ("context_length", "tokenizer_kwargs", "tokenizer_mode")
    own = bool(text.get("hf_tokenizer_name"))
    settings = {"own": own, **{name: text.get(name) for name in names}}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in tokenizer_files(folder) if own else []:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def tokens_of(
    model_folder: str | os.PathLike, texts: list[str], cache: str | os.PathLike | None = None
) -> np.ndarray:
    """Tokens of `texts` by a model's tokenizer, (n, context length) int64.

    `cache`: a folder that models share; a file there is named by the tokenizer's and the texts'
    contents, so it can never be stale.
    """
    if cache is None:
        return _tokenize(model_folder, texts)
    digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]
    path = Path(cache) / f"{tokenizer_key(model_folder)}-{digest}.npy"
    if not path.is_file():
        tokens = _tokenize(model_folder, texts)
        with whole_file(path) as partial:
            np.save(partial, tokens.astype(np.int32))
    return np.load(path).astype(np.int64)


def _tokenize(model_folder: str | os.PathLike, texts: list[str]) -> np.ndarray:
    tokenizer = load_tokenizer(model_folder)
    # Some tokenizers (CLIPA's) drop words of an over-long text at random.
    random.seed(0)
    torch.manual_seed(0)
    chunks = []
    for start in range(0, len(texts), _CHUNK):
        try:
            chunks.append(tokenizer(texts[start : start + _CHUNK]).numpy())
        except Exception as error:  # tokenizers raises a bare Exception
            raise encoding_error(model_folder, texts, error) from error
    return np.concatenate(chunks)
