"""Texts as tokens, made once per tokenizer and set of texts; and what a model does not see of them.

A tokenizer cuts a long text, drops what it does not know and lowers capitals without a word. Each
of these makes texts alike that are not, so all are counted and said.
"""

import hashlib
import json
import logging
import os
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from open_clip.tokenizer import HFTokenizer

from modgap.formats.files import whole_file
from modgap.formats.model_folder import load_tokenizer, place_of, tokenizer_files
from modgap.formats.preprocessing import read_model_config
from modgap.formats.tokenizers import encoding_error

_log = logging.getLogger(__name__)
_CHUNK = 4096
_SHOWN = 60  # characters of an example


@dataclass(frozen=True)
class Tokens:
    """Texts as a model's tokenizer gives them.

    `ids` is (n, context length) int64. Of each text, (n,) bool: `cut`, whether its end (of some
    tokenizers: any part of it) is missing; `empty`, whether nothing is left of it; `unknown`,
    whether a token stands for something that the tokenizer does not know.
    """

    ids: np.ndarray
    cut: np.ndarray
    empty: np.ndarray
    unknown: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def tokenizer_key(model_folder: str | os.PathLike) -> str:
    """Hash of everything that decides how a model folder turns texts into tokens.

    Models with the same key share token caches: the text settings that open_clip hands to the
    tokenizer, and the contents of the tokenizer files if the model has its own.
    """
    folder = place_of(model_folder)
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
) -> Tokens:
    """Tokens of `texts` by a model's tokenizer.

    `cache`: a folder that models share; a file there is named by the tokenizer's and the texts'
    contents, so it can never be stale. Raises `InputError` naming a text that cannot be encoded.
    """
    if cache is None:
        return _tokenize(model_folder, texts)
    digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]
    path = Path(cache) / f"{tokenizer_key(model_folder)}-{digest}.npz"
    tokens = _read(path)
    if tokens is None:
        tokens = _tokenize(model_folder, texts)
        with whole_file(path) as partial:
            np.savez(partial, **{**vars(tokens), "ids": tokens.ids.astype(np.int32)})
    return tokens


def say_losses(texts: list[str], tokens: Tokens, numbers: np.ndarray, name: str) -> dict[str, int]:
    """Log what a model does not see of its texts, with numbers and the first example of each.

    Parameters
    ----------
    texts : list of str
        Different texts.
    tokens : Tokens
        Their tokens.
    numbers : (m,) int
        Which of them each of m rows has: what is counted is rows.
    name : str
        What the texts are, for the log.

    Returns
    -------
    dict of str to int
        Rows whose text is cut (`texts_cut_short`), has nothing left (`texts_without_tokens`), or
        has something unknown in it (`texts_with_unknown_tokens`); and different texts that have
        the tokens of another (`texts_alike`). For the metadata of embeddings.
    """
    length = tokens.ids.shape[1]
    lost = {
        "texts_cut_short": (tokens.cut, f"are longer than the {length} tokens of the model; cut"),
        "texts_without_tokens": (tokens.empty, "have no token left that says anything"),
        "texts_with_unknown_tokens": (tokens.unknown, "have tokens unknown to the model"),
    }
    counts = {}
    for key, (flags, what) in lost.items():
        counts[key] = int(flags[numbers].sum())
        if counts[key]:
            first = texts[int(np.flatnonzero(flags)[0])]
            _log.warning(
                "%s: %d of %d texts %s, the first: %r",
                name,
                counts[key],
                len(numbers),
                what,
                _short(first),
            )
    counts["texts_alike"] = _say_alike(texts, tokens.ids, name)
    return counts


def _say_alike(texts: list[str], ids: np.ndarray, name: str) -> int:
    _, first, back = np.unique(ids, axis=0, return_index=True, return_inverse=True)
    other = first[back.reshape(-1)]
    alike = np.flatnonzero(other != np.arange(len(texts)))
    if len(alike):
        one, another = texts[other[alike[0]]], texts[alike[0]]
        pairs = enumerate(zip(one, another, strict=False))
        shared = next((i for i, (a, b) in pairs if a != b), min(len(one), len(another)))
        start = max(0, shared - _SHOWN // 2)
        _log.warning(
            "%s: %d of %d different texts have the same tokens as another, and so the same "
            "embedding; the first: %r and %r",
            name,
            len(alike),
            len(texts),
            _short(one, start),
            _short(another, start),
        )
    return len(alike)


def _short(text: str, start: int = 0) -> str:
    part = text[start : start + _SHOWN]
    return ("…" if start else "") + part + ("…" if start + _SHOWN < len(text) else "")


def _read(path: Path) -> Tokens | None:
    if not path.is_file():
        return None
    try:
        with np.load(path) as stored:
            arrays = dict(stored)
        return Tokens(**{**arrays, "ids": arrays["ids"].astype(np.int64)})
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("%s: not readable (%s); the tokens are made anew", path, error)
        return None


def _tokenize(model_folder: str | os.PathLike, texts: list[str]) -> Tokens:
    tokenizer = load_tokenizer(model_folder)
    # Some tokenizers (CLIPA's) drop words of an over-long text at random.
    random.seed(0)
    torch.manual_seed(0)
    chunks = []
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        try:
            ids = tokenizer(chunk).numpy()
            look = _losses_of_own if isinstance(tokenizer, HFTokenizer) else _losses_of_clip
            chunks.append((ids, *look(tokenizer, chunk, ids)))
        except Exception as error:  # tokenizers raises a bare Exception
            raise encoding_error(model_folder, texts, error) from error
    return Tokens(*(np.concatenate(parts) for parts in zip(*chunks, strict=True)))


def _losses_of_clip(
    tokenizer: Callable, texts: list[str], ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of open_clip's own tokenizer: start, bytes in pairs, end, zeros. It knows every byte."""
    cut = ids[:, -1] != 0
    for row in np.flatnonzero(cut):
        cut[row] = len(tokenizer.encode(texts[row])) + 2 > ids.shape[1]
    empty = ids[:, 1] == tokenizer.eot_token_id
    for row in np.flatnonzero(empty):
        empty[row] = not tokenizer.encode(texts[row])
    return cut, empty, np.zeros(len(texts), dtype=bool)


def _losses_of_own(
    tokenizer: HFTokenizer, texts: list[str], ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a tokenizer of transformers, from what it gives when nothing is cut or filled up."""
    inner, length = tokenizer.tokenizer, ids.shape[1]
    plain = [tokenizer.clean_fn(text) for text in texts]
    if tokenizer.tokenizer_mode == "clips":
        whole = inner(plain, add_special_tokens=False)["input_ids"]
        length -= 3  # open_clip's own start, end and class tokens
    else:
        whole = inner(plain)["input_ids"]
    marks = {*inner.all_special_ids} - {inner.unk_token_id}
    # Where one token is both, it stands at the end of every text.
    unknown = {inner.unk_token_id} - {inner.bos_token_id, inner.eos_token_id, inner.pad_token_id}
    return (
        np.array([len(row) > length for row in whole]),
        np.array([set(row) <= marks for row in whole]),
        np.array([not unknown.isdisjoint(row) for row in whole]),
    )
