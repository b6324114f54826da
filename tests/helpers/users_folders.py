"""Model folders of the user's own, as open_clip alone would leave them, and rows that name them."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from helpers.tiny_models import save_tiny_clip, save_tiny_coca, save_tiny_siglip
from safetensors.torch import load_file

from modgap.study.models import ModelSource

WEIGHTS = "open_clip_model.safetensors"
PICKLE = "open_clip_pytorch_model.bin"
CONFIG = "open_clip_config.json"
SAVERS = {"clip": save_tiny_clip, "siglip": save_tiny_siglip, "coca": save_tiny_coca}
SQUASHED = {"preprocessing": "28-bicubic-squash"}


def row(folder: str | Path, **cells: str) -> ModelSource:
    fields = dict.fromkeys(ModelSource.__dataclass_fields__, "")
    fields |= {"model": "mine", "kind": "folder", "folder": str(folder)}
    return ModelSource(**{**fields, "preprocessing": "28-bicubic-shortest", **cells})


def users(folder: Path, kind: str = "clip", pickled: bool = False) -> Path:
    SAVERS[kind](folder)
    (folder / "modgap.json").unlink()
    if pickled:
        torch.save(load_file(folder / WEIGHTS), folder / PICKLE)
        (folder / WEIGHTS).unlink()
    return folder


def edit(folder: Path, change: Callable[[dict], object]) -> None:
    """Change the `model_cfg` of a folder."""
    config = json.loads((folder / CONFIG).read_text())
    change(config["model_cfg"])
    (folder / CONFIG).write_text(json.dumps(config))
