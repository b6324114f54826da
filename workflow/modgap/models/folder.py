"""Model folders of the user's own: checked and described, neither copied nor touched."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

from open_clip.model import CLIPTextCfg
from tokenizers.models import WordLevel

from modgap.errors import InputError
from modgap.formats.files import sha256, write_text
from modgap.formats.folder_files import (
    CONFIG,
    RECORD,
    place_of,
    settings_files,
    weights_file,
)
from modgap.formats.model_folder import load_model, load_tokenizer, model_facts
from modgap.formats.pointers import check_fetched
from modgap.formats.positions import check_positions
from modgap.formats.preprocessing import Preprocessing, check_two_towers, read_model_config
from modgap.formats.text import read_text
from modgap.models.declared import activation
from modgap.study.models import ModelSource

_log = logging.getLogger(__name__)


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
    place = place_of(Path(model.folder).expanduser().absolute())
    named = f"model {model.model!r}"
    if not place.is_dir():
        wrong = f"{place} is a file" if place.is_file() else f"no folder {place}"
        raise InputError(f"{named}: {wrong}; correct the column folder of models.tsv")
    if place.resolve() == Path(folder).resolve():
        raise InputError(f"{named}: {place} is the study's own folder; keep yours elsewhere")
    config = read_model_config(place)
    check_two_towers(config, str(place / CONFIG))
    check_preprocessing(model, config)
    weights = weights_file(place)
    digest = sha256(weights)
    if model.sha256 not in ("", digest):
        raise InputError(
            f"{named}: SHA-256 of {weights} is {digest}, models.tsv says {model.sha256}; correct "
            "the cell sha256, or put the weights back that it was taken from"
        )
    check_positions(weights, config["model_cfg"])
    loaded = load_model(place)
    files = _sums(place)
    check_tokenizer(place, config["model_cfg"]["text_cfg"])
    facts = model_facts(model.model, loaded, config, digest)
    facts |= {"activation": activation(config), "differs": [], "folder": str(place)}
    facts["files_sha256"] = files
    facts["source"] = {"kind": model.kind, "preprocessing": model.preprocessing}
    write_text(Path(folder) / RECORD, json.dumps(facts, indent=2) + "\n")
    _log.info("%s: %s in %s, %d parameters", named, weights.name, place, facts["parameters"])
    return facts


def check_preprocessing(model: ModelSource, config: dict) -> None:
    """Raise `InputError` if a row names another preprocessing than its model's configuration."""
    own = Preprocessing.of_config(config).key
    if own != model.preprocessing:
        raise InputError(
            f"model {model.model!r}: models.tsv says preprocessing {model.preprocessing}, but the "
            f"model's own configuration says {own}; write {own} in the column preprocessing of "
            "this row"
        )


def check_tokenizer(folder: str | os.PathLike, text: dict) -> None:
    """Raise `InputError` unless a folder's tokenizer gives tokens as its `text_cfg` says."""
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
    largest = max(int(tokens.max()), _largest_token(tokenizer))
    size, where = _vocabulary(Path(folder), text)
    if size is not None and largest >= size:
        raise InputError(
            f"tokenizer {name}: its largest token is {largest}, but vocab_size in the model's "
            f"{where} is {size}, so the last with an embedding is {size - 1}; put the tokenizer "
            "there that the weights were trained with"
        )


def _known_text(tokenizer: Callable) -> str:
    """A text to try: one with a fixed list of words, as of a model trained here, refuses others."""
    own = getattr(getattr(tokenizer, "tokenizer", None), "backend_tokenizer", None)
    if own is None or not isinstance(own.model, WordLevel):
        return "a photo of a dog"
    marks = {token.content for token in own.get_added_tokens_decoder().values()}
    return next(word for word in sorted(own.get_vocab()) if word not in marks)


def _largest_token(tokenizer: Callable) -> int:
    """The largest token of an ordinary text; -1 for open_clip's own, which ends any with it.

    T5's have 100 more behind these, for which models need no embedding.
    """
    own = getattr(tokenizer, "tokenizer", None)
    if own is None:
        return -1
    added = own.get_added_vocab()
    ordinary = (number for word, number in own.get_vocab().items() if word not in added)
    return max(ordinary, default=-1)


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
