"""The positions that weights were trained with, held against those of their configuration."""

from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import safe_open

from modgap.errors import InputError

_IMAGES, _TEXTS = (
    ("visual.positional_embedding",),
    ("positional_embedding", "text.positional_embedding"),
)
_DEFAULT_SIZE, _DEFAULT_LENGTH = 224, 77
# Before each name in a checkpoint of a training on several devices.
_PREFIX = "module."


def check_positions(weights: Path, model: dict) -> None:
    """Refuse weights whose position embeddings belong to another image size or context length.

    open_clip would interpolate them silently, and every number would be another model's.

    Parameters
    ----------
    weights
        A safetensors file, or a pickle of tensors, of which only shapes are read.
    model
        `model_cfg` of the model's open_clip_config.json.

    Raises
    ------
    InputError
        Naming the file, what it has and what the configuration says; if it is no such file.
    """
    sizes = _positions(weights, (*_IMAGES, *_TEXTS))
    _check_images(weights, sizes, model.get("vision_cfg") or {})
    _check_texts(weights, sizes, model.get("text_cfg") or {})


def _check_images(weights: Path, sizes: dict[str, int], vision: dict) -> None:
    patch, size = vision.get("patch_size"), vision.get("image_size", _DEFAULT_SIZE)
    positions = next((sizes[name] for name in _IMAGES if name in sizes), None)
    if positions is None or not patch:
        return
    height, width = size if isinstance(size, list) else (size, size)
    grid = (height // patch) * (width // patch)
    if positions not in (grid, grid + 1):
        raise InputError(
            f"{weights}: its image tower has {positions} positions, but image_size {size} with "
            f"patch_size {patch} in open_clip_config.json makes {grid} patches; set image_size to "
            "the size the weights were trained with"
        )


def _check_texts(weights: Path, sizes: dict[str, int], text: dict) -> None:
    positions = next((sizes[name] for name in _TEXTS if name in sizes), None)
    if positions is None or text.get("hf_model_name"):
        return
    length = text.get("context_length", _DEFAULT_LENGTH)
    # CoCa's text tower has one more, for the token that it pools at.
    if positions != length + bool(text.get("embed_cls")):
        raise InputError(
            f"{weights}: its text tower has {positions} positions, but context_length in "
            f"open_clip_config.json is {length}; set it to the length the weights were trained with"
        )


def _positions(weights: Path, names: Iterable[str]) -> dict[str, int]:
    """How many positions there are by name, of the names that the weights have."""
    try:
        if weights.suffix == ".safetensors":
            with safe_open(weights, framework="pt") as file:
                own = {name.removeprefix(_PREFIX): name for name in file.keys()}  # noqa: SIM118
                return {
                    name: file.get_slice(own[name]).get_shape()[0] for name in names if name in own
                }
        state = torch.load(weights, map_location="meta", weights_only=True)
        state = state.get("state_dict", state)
        own = {name.removeprefix(_PREFIX): name for name in state}
        return {name: len(state[own[name]]) for name in names if name in own}
    except Exception as error:  # safetensors and torch raise their own
        # Behind its first sentence torch tells how to run what is in a file.
        reason = str(error).split(". ")[0] or type(error).__name__
        raise InputError(
            f"{weights}: not a safetensors file, nor a file of tensors alone ({reason}); train or "
            "download the model again"
        ) from error
