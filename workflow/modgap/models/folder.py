"""Model folders of the user's own: checked and described, neither copied nor touched."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path

import torch
from open_clip.model import CLIPTextCfg
from open_clip.transform import PreprocessCfg
from tokenizers.models import WordLevel

from modgap.errors import InputError
from modgap.formats.files import sha256, write_text
from modgap.formats.folder_files import (
    CONFIG,
    RECORD,
    settings_files,
    weights_file,
)
from modgap.formats.model_folder import load_model, load_tokenizer, model_facts
from modgap.formats.pointers import check_fetched
from modgap.formats.positions import check_positions
from modgap.formats.preprocessing import check_two_towers, read_model_config
from modgap.formats.text import read_text
from modgap.formats.weights import tensor_shapes
from modgap.models.declared import activation
from modgap.models.trial import check_runs
from modgap.study.model_folders import check_preprocessing, place_of_row
from modgap.study.models import ModelSource

_log = logging.getLogger(__name__)
_IMAGE_SETTINGS = [field.name for field in fields(PreprocessCfg)]


def record_folder(model: ModelSource, folder: str | os.PathLike) -> dict:
    """Check a model folder of the user's own and write `folder`/modgap.json, which points to it.

    The model is loaded once and its tokenizer tried. The weights may be safetensors or a pickle of
    tensors; modgap.json keeps their SHA-256, and whoever loads the model finds a later change. It
    keeps those of the configuration and the tokenizer too, so that what was made of others is
    made anew.

    Parameters
    ----------
    model : ModelSource
        A row of kind folder: its name, `folder` (relative to where the study runs, ~ is the home
        folder), its `preprocessing` and, if declared, the `sha256` of its weights.
    folder : path
        The study's own folder for this model: another one.

    Returns
    -------
    dict
        What modgap.json holds; `folder` in it is where the files lie.

    Raises
    ------
    InputError
        Naming model and file: no folder, no configuration or weights, a tower missing, another
        preprocessing or checksum than declared, weights of another size, tokens that the model has
        no embedding for, whatever open_clip cannot load.
    """
    place, named = place_of_row(model), f"model {model.model!r}"
    if place.resolve() == Path(folder).resolve():
        raise InputError(f"{named}: {place} is the study's own folder; keep yours elsewhere")
    config = read_model_config(place)
    check_two_towers(config, str(place / CONFIG))
    check_settings(config, str(place / CONFIG))
    check_preprocessing(model, config)
    weights = weights_file(place)
    digest = sha256(weights)
    if model.sha256 not in ("", digest):
        raise InputError(
            f"{named}: SHA-256 of {weights} is {digest}, models.tsv says {model.sha256}; correct "
            "the cell sha256, or put the weights back that it was taken from"
        )
    check_positions(weights, config["model_cfg"])
    check_bias(weights, config["model_cfg"])
    loaded = load_model(place)
    files = _sums(place)
    check_runs(loaded, config, check_tokenizer(place, config["model_cfg"]["text_cfg"]), place)
    facts = model_facts(model.model, loaded, config, digest)
    facts |= {"activation": activation(config), "differs": [], "folder": str(place)}
    facts["files_sha256"] = files
    facts["source"] = {"kind": model.kind, "preprocessing": model.preprocessing}
    write_text(Path(folder) / RECORD, json.dumps(facts, indent=2) + "\n")
    _log.info("%s: %s in %s, %d parameters", named, weights.name, place, facts["parameters"])
    return facts


def check_settings(config: dict, where: str) -> None:
    """Raise `InputError` for a setting of images under a name that open_clip passes over.

    It would take its own colours or resizing instead, without a word. `where` names the file.
    """
    for key in config:
        if key.startswith("prepro") and key != "preprocess_cfg":
            raise InputError(
                f"{where}: open_clip passes over {key!r}; call it preprocess_cfg, or take it out"
            )
    for key in config.get("preprocess_cfg") or {}:
        plain = key.removeprefix("image_")
        if key not in _IMAGE_SETTINGS and get_close_matches(plain, _IMAGE_SETTINGS):
            raise InputError(
                f"{where}: open_clip passes over {key!r} in preprocess_cfg, whose settings are "
                f"{', '.join(_IMAGE_SETTINGS)}; call it as it is called there, or take it out"
            )


def check_bias(weights: Path, model: dict) -> None:
    """Raise `InputError` for weights without the bias of their `model_cfg`: it would become 0."""
    if model.get("init_logit_bias") is not None and "logit_bias" not in tensor_shapes(weights):
        raise InputError(
            f"{weights}: has no logit_bias, but {CONFIG} has init_logit_bias: the weights belong "
            "to a model without one, or lost theirs; take init_logit_bias out of model_cfg, or "
            "save the weights with it"
        )


def check_tokenizer(folder: str | os.PathLike, text: dict) -> torch.Tensor:
    """The tokens of a text, (1, context length), by a folder's tokenizer.

    Raises `InputError` unless it is whole, and gives tokens as its `text_cfg` says.
    """
    name, length = text.get("hf_tokenizer_name"), text.get("context_length", 77)
    try:
        tokenizer = load_tokenizer(folder)
        tokens = tokenizer([_known_text(tokenizer)])
    except Exception as error:  # a tokenizer that loads may still lack what it works with
        raise InputError(
            f"tokenizer {name}: {error}. Check hf_tokenizer_name in the model's {CONFIG}"
        ) from error
    if tuple(tokens.shape) != (1, length):
        raise InputError(
            f"tokenizer {name}: gives tokens of shape {tuple(tokens.shape)}, expected (1, {length})"
        )
    ordinary = _ordinary(tokenizer)
    if ordinary is not None and len(ordinary.keys() - tokenizer.tokenizer.all_special_tokens) < 2:
        raise InputError(
            f"tokenizer {name}: knows no words, only its marks: {folder} lacks the file that has "
            "them (tokenizer.json, or vocab.txt, vocab.json and merges.txt, a .model); save all "
            "files of the tokenizer there"
        )
    # Of open_clip's own, any text ends with the largest.
    largest = max([int(tokens.max()), *(ordinary or {}).values()])
    size, where = _vocabulary(Path(folder), text)
    if size is not None and largest >= size:
        raise InputError(
            f"tokenizer {name}: its largest token is {largest}, but vocab_size in the model's "
            f"{where} is {size}, so the last with an embedding is {size - 1}; put the tokenizer "
            "there that the weights were trained with"
        )
    return tokens


def _known_text(tokenizer: Callable) -> str:
    """A text to try: one with a fixed list of words, as of a model trained here, refuses others."""
    own = getattr(getattr(tokenizer, "tokenizer", None), "backend_tokenizer", None)
    if own is None or not isinstance(own.model, WordLevel):
        return "a photo of a dog"
    marks = {token.content for token in own.get_added_tokens_decoder().values()}
    return next(word for word in sorted(own.get_vocab()) if word not in marks)


def _ordinary(tokenizer: Callable) -> dict[str, int] | None:
    """The tokens that were not added behind, by what they stand for; None for open_clip's own.

    T5's have 100 more behind these, for which models need no embedding. Where transformers misses
    the file of the words, all that is left are marks, and a sign for blanks.
    """
    own = getattr(tokenizer, "tokenizer", None)
    if own is None:
        return None
    added = own.get_added_vocab()
    return {word: number for word, number in own.get_vocab().items() if word not in added}


def _vocabulary(folder: Path, text: dict) -> tuple[int | None, str]:
    """How many tokens a text tower has embeddings for, if that is said, and the file saying so."""
    tower = text.get("hf_model_name")
    if not tower:
        return text.get("vocab_size", CLIPTextCfg.vocab_size), CONFIG
    path = folder / tower / "config.json"
    return json.loads(read_text(path)).get("vocab_size"), f"{tower}/{path.name}"


def _sums(folder: Path) -> dict[str, str]:
    """SHA-256 of the files besides the weights that decide what a model gives."""
    sums = {}
    for name, path in settings_files(folder).items():
        check_fetched(path)
        sums[name] = sha256(path)
    return sums
