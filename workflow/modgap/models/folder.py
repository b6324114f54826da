"""Model folders of the user's own: checked and described, neither copied nor touched."""

import json
import logging
import os
from pathlib import Path

from modgap.errors import InputError
from modgap.formats.files import sha256, write_text
from modgap.formats.model_folder import (
    CONFIG,
    RECORD,
    load_model,
    load_tokenizer,
    model_facts,
    place_of,
    weights_file,
)
from modgap.formats.positions import check_positions
from modgap.formats.preprocessing import Preprocessing, check_two_towers, read_model_config
from modgap.models.declared import activation
from modgap.study.models import ModelSource

_log = logging.getLogger(__name__)


def record_folder(model: ModelSource, folder: str | os.PathLike) -> dict:
    """Check a model folder of the user's own and write `folder`/modgap.json, which points to it.

    The model is loaded once and its tokenizer tried. The weights may be safetensors or a pickle of
    tensors; modgap.json keeps their SHA-256, and whoever loads the model finds a later change.

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
        preprocessing or checksum than declared, weights of another size, whatever open_clip cannot
        load.
    """
    place = place_of(Path(model.folder).expanduser().absolute())
    named = f"model {model.model!r}"
    if not place.is_dir():
        raise InputError(f"{named}: no folder {place}; correct the column folder of models.tsv")
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
    check_tokenizer(place, config["model_cfg"]["text_cfg"])
    facts = model_facts(model.model, loaded, config, digest)
    facts |= {"activation": activation(config), "differs": [], "folder": str(place)}
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
        tokens = load_tokenizer(folder)(["a photo of a dog"])
    except Exception as error:  # a tokenizer that loads may still lack what it works with
        raise InputError(
            f"tokenizer {name}: {error}. Check hf_tokenizer_name in the model's {CONFIG}"
        ) from error
    if tuple(tokens.shape) != (1, length):
        raise InputError(
            f"tokenizer {name}: gives tokens of shape {tuple(tokens.shape)}, expected (1, {length})"
        )
