"""A model folder: written, and read through open_clip wherever it stands.

A model folder needs nothing but itself: no network, and no path that breaks when it is moved.
"""

import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import open_clip
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import dynamic_module_utils

from modgap.errors import InputError
from modgap.formats.files import sha256, whole_file, write_text
from modgap.formats.folder_files import (
    AGAIN,
    CONFIG,
    RECORD,
    TEXT_TOWER,
    WEIGHTS,
    place_of,
    tokenizer_files,
    weights_file,
)
from modgap.formats.one_tower import load_tower
from modgap.formats.preprocessing import has_two_towers, read_model_config
from modgap.formats.readable_config import readable_config
from modgap.formats.tokenizers import TextTokenizer
from modgap.formats.weights import in_a_line, why_not_loaded

# A scale of 100 has a logarithm of 4.6; what is far beyond is the scale itself, or no number.
_LARGEST_LOG = 20


def write_model(
    folder: str | os.PathLike,
    name: str,
    model: torch.nn.Module,
    config: dict,
    tokenizer: TextTokenizer | None,
    record: dict,
) -> dict:
    """Write weights, configuration, tokenizer and modgap.json (what the model is) to `folder`.

    `open_clip.create_model_and_transforms("local-dir:FOLDER")` and
    `open_clip.get_tokenizer("local-dir:FOLDER")` load it.

    Parameters
    ----------
    folder
        Is made if it is not there. modgap.json is written last.
    name
        The model's name.
    model
        An open_clip model, or a `OneTower`.
    config
        What open_clip_config.json holds: `model_cfg` and `preprocess_cfg`.
    tokenizer
        The model's own; None where open_clip's for `config` needs no files.
    record
        What modgap.json says besides `model_facts`.

    Returns
    -------
    dict
        What modgap.json holds.
    """
    folder = Path(folder)
    write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")
    if tokenizer is not None:
        tokenizer.save(folder)
    digest = write_weights(folder / WEIGHTS, model)
    facts = {**model_facts(name, model, config, digest), **record}
    write_text(folder / RECORD, json.dumps(facts, indent=2) + "\n")
    return facts


def write_weights(path: str | os.PathLike, model: torch.nn.Module) -> str:
    """Write the weights of `model` as safetensors; returns the file's SHA-256."""
    with whole_file(path) as partial:
        save_file(separate_tensors(model.state_dict()), partial)
    return sha256(path)


def separate_tensors(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors as safetensors stores them: on the host, contiguous, without aliases.

    One that shares memory with an earlier one is copied.
    """
    seen: set[int] = set()
    separate = {}
    for name, tensor in tensors.items():
        tensor = tensor.cpu()
        place = tensor.untyped_storage().data_ptr()
        if place in seen:
            tensor = tensor.clone(memory_format=torch.contiguous_format)
        separate[name] = tensor.contiguous()
        seen.add(place)
    return separate


def model_facts(name: str, model: torch.nn.Module, config: dict, digest: str) -> dict:
    """What modgap.json says of every model; `logit_bias` only if the model has one.

    `logit_scale` is None for an encoder of one tower.
    """
    scale = getattr(model, "logit_scale", None)
    facts = {
        "model": name,
        "weights_sha256": digest,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "embed_dim": config["model_cfg"]["embed_dim"],
        "logit_scale": None if scale is None else _exponential(scale.item(), name),
    }
    bias = getattr(model, "logit_bias", None)
    return facts if bias is None else facts | {"logit_bias": bias.item()}


def _exponential(scale: float, name: str) -> float:
    if not abs(scale) < _LARGEST_LOG:
        raise InputError(
            f"model {name!r}: logit_scale in its weights is {scale:g}; expected the logarithm of "
            f"the scale, {math.log(100):.4f} for 100. Save it as open_clip does"
        )
    return math.exp(scale)


def read_record(folder: str | os.PathLike) -> dict:
    """The modgap.json of a model folder, or of one that points to a folder of the user's own.

    Raises `InputError` naming the file that is missing, damaged, or not what modgap.json says.
    """
    record = Path(folder) / RECORD
    try:
        facts = json.loads(record.read_text(encoding="utf-8"))
        weights, expected = weights_file(place_of(folder)), facts["weights_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_folder(folder, error) from error
    check_digest(weights, expected, record)
    return facts


def check_digest(weights: Path, expected: str, record: Path) -> None:
    """Raise `InputError` unless the weights are those that a modgap.json says."""
    digest = sha256(weights)
    if digest != expected:
        raise InputError(
            f"{weights}: SHA-256 is {digest}, but {record} says {expected}. The file was changed "
            f"or cut short; {AGAIN}"
        )


def read_weights(folder: str | os.PathLike) -> tuple[dict[str, torch.Tensor], dict]:
    """The weights of a model folder by name, and its modgap.json.

    Raises `InputError` as `read_record`.
    """
    facts = read_record(folder)
    try:
        return load_file(Path(folder) / WEIGHTS), facts
    except (OSError, ValueError, SafetensorError) as error:
        raise _no_folder(folder, error) from error


def _no_folder(folder: str | os.PathLike, error: Exception) -> InputError:
    return InputError(
        f"{folder}: expected a model folder with {RECORD} and {WEIGHTS} ({error!r}); {AGAIN}"
    )


def load_model(
    folder: str | os.PathLike, device: torch.device | str = "cpu", precision: str = "fp32"
) -> torch.nn.Module:
    """The model of a model folder: open_clip's, or a `OneTower` where the folder has but one.

    Nothing that comes with a folder is run: weights are safetensors, or a pickle of which only
    tensors are read, and a text tower must be one that transformers knows. Raises `InputError`
    naming the folder if it lacks the configuration of its text tower, or that lies elsewhere, or
    for whatever reason open_clip cannot load it.
    """
    folder = place_of(folder)
    config = read_model_config(folder)
    settings = _own_text_tower(folder)
    # Transformers would ask at the terminal whether to run code that comes with a model.
    dynamic_module_utils.TIME_OUT_REMOTE_CODE = 0
    try:
        if not has_two_towers(config):
            model_cfg = {**config["model_cfg"], **settings}
            colours = config.get("preprocess_cfg") or {}
            return load_tower(weights_file(folder), model_cfg, colours, device)
        with readable_config(folder) as readable:
            return open_clip.create_model(
                f"local-dir:{readable}",
                device=device,
                precision=precision,
                # Without it a folder that lacks its weights is a random model and a warning.
                require_pretrained=True,
                **settings,
            )
    except Exception as error:  # open_clip, torch, transformers and safetensors raise their own
        raise InputError(
            f"{folder}: open_clip cannot load this model ({_why(folder, config, error)}). Check "
            "that its configuration and weights belong together, or download or train it again"
        ) from error


def load_tokenizer(folder: str | os.PathLike) -> Callable[[list[str]], torch.Tensor]:
    """The tokenizer of a model folder: texts → (n, context length) int64.

    Raises `InputError` if the folder declares a tokenizer of its own but lacks its files, or if
    transformers cannot load them.
    """
    folder = place_of(folder)
    text = read_model_config(folder)["model_cfg"].get("text_cfg")
    if text is None:
        raise InputError(f"{folder}: an encoder of images alone; it has no tokenizer")
    name = text.get("hf_tokenizer_name")
    if name and not tokenizer_files(folder):
        raise InputError(
            f"{folder}: open_clip_config.json declares the tokenizer {name!r}, but the folder has "
            "no tokenizer files (tokenizer.json, tokenizer_config.json); save them there or "
            "download the model again"
        )
    try:
        with readable_config(folder) as readable:
            return open_clip.get_tokenizer(f"local-dir:{readable}")
    except Exception as error:  # transformers raises whatever its parts raise
        raise InputError(
            f"{folder}: transformers cannot load the tokenizer {name!r} from the files there "
            f"({in_a_line(error)}). Save all of its files there or download the model again"
        ) from error


def _own_text_tower(folder: Path) -> dict[str, dict]:
    """Settings that make open_clip look for a transformers tower in the folder.

    open_clip hands the name on as it is, and transformers takes it for a path from where the
    process runs or for a repository on the hub. The file says it relative to the folder.
    """
    text = read_model_config(folder)["model_cfg"].get("text_cfg", {})
    name = text.get("hf_model_name")
    if not name:
        return {}
    tower = folder.absolute() / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise InputError(
            f"{folder}: hf_model_name {name!r} in {CONFIG} points outside the model folder; save "
            f"the tower's configuration in its folder {TEXT_TOWER} and name that"
        )
    if not (tower / "config.json").is_file():
        raise InputError(
            f"{folder}: its text tower {name!r} is built by transformers, but there is no "
            f"{tower / 'config.json'}. Save the tower's configuration there and set hf_model_name "
            f"in open_clip_config.json to {TEXT_TOWER!r}, or download the model again"
        )
    return {"text_cfg": {**text, "hf_model_name": str(tower), "hf_model_pretrained": False}}


def _why(folder: Path, config: dict, error: Exception) -> str:
    try:
        weights = weights_file(folder)
    except InputError:  # of a download, called as it is served
        return in_a_line(error)
    return why_not_loaded(weights, config["model_cfg"], error)
