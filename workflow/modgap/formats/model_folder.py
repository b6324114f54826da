"""A model folder's model and tokenizer, through open_clip, wherever the folder stands.

A model folder needs nothing but itself: no network, and no path that breaks when it is moved.
"""

import os
from collections.abc import Callable
from pathlib import Path

import open_clip
import torch

from modgap.errors import InputError
from modgap.formats.preprocessing import read_model_config

# Where a folder keeps the configuration of a text tower that transformers builds.
TEXT_TOWER = "text_tower"
_NOT_TOKENIZER = {"open_clip_config.json", "modgap.json"}
_TOKENIZER_SUFFIXES = {".json", ".txt", ".model"}


def load_model(
    folder: str | os.PathLike, device: torch.device | str = "cpu", precision: str = "fp32"
) -> torch.nn.Module:
    """The open_clip model of a model folder.

    Raises `InputError` naming the folder if it lacks the configuration of its text tower, or for
    whatever reason open_clip cannot load it.
    """
    folder = Path(folder)
    settings = _own_text_tower(folder)
    try:
        return open_clip.create_model(
            f"local-dir:{folder}",
            device=device,
            precision=precision,
            # Without it a folder that lacks its weights is a random model and a warning.
            require_pretrained=True,
            **settings,
        )
    except Exception as error:  # open_clip, torch, transformers and safetensors raise their own
        raise InputError(
            f"{folder}: open_clip cannot load this model ({_line(error)}). Check that its "
            "configuration and weights belong together, or download or train it again"
        ) from error


def load_tokenizer(folder: str | os.PathLike) -> Callable[[list[str]], torch.Tensor]:
    """The tokenizer of a model folder: texts → (n, context length) int64.

    Raises `InputError` if the folder declares a tokenizer of its own but lacks its files, or if
    transformers cannot load them.
    """
    folder = Path(folder)
    name = read_model_config(folder)["model_cfg"]["text_cfg"].get("hf_tokenizer_name")
    if name and not tokenizer_files(folder):
        raise InputError(
            f"{folder}: open_clip_config.json declares the tokenizer {name!r}, but the folder has "
            "no tokenizer files (tokenizer.json, tokenizer_config.json); save them there or "
            "download the model again"
        )
    try:
        return open_clip.get_tokenizer(f"local-dir:{folder}")
    except Exception as error:  # transformers raises whatever its parts raise
        raise InputError(
            f"{folder}: transformers cannot load the tokenizer {name!r} from the files there "
            f"({_line(error)}). Save all of its files there or download the model again"
        ) from error


def tokenizer_files(folder: str | os.PathLike) -> list[Path]:
    """The files of a model folder that a tokenizer of its own is made of, sorted."""
    return sorted(
        path
        for path in Path(folder).iterdir()
        if path.suffix in _TOKENIZER_SUFFIXES and path.name not in _NOT_TOKENIZER
    )


def _own_text_tower(folder: Path) -> dict[str, dict]:
    """Settings that make open_clip look for a transformers tower in the folder.

    open_clip hands the name on as it is, and transformers takes it for a path from where the
    process runs or for a repository on the hub. The file says it relative to the folder.
    """
    text = read_model_config(folder)["model_cfg"]["text_cfg"]
    name = text.get("hf_model_name")
    if not name:
        return {}
    tower = (folder / name).resolve()
    if not (tower / "config.json").is_file():
        raise InputError(
            f"{folder}: its text tower {name!r} is built by transformers, but there is no "
            f"{tower / 'config.json'}. Save the tower's configuration there and set hf_model_name "
            f"in open_clip_config.json to {TEXT_TOWER!r}, or download the model again"
        )
    return {"text_cfg": {**text, "hf_model_name": str(tower), "hf_model_pretrained": False}}


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
