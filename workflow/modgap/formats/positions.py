"""The positions that weights were trained with, held against those of their configuration."""

from pathlib import Path

from modgap.errors import InputError
from modgap.formats.weights import tensor_shapes

_IMAGES, _TEXTS = (
    ("visual.positional_embedding",),
    ("positional_embedding", "text.positional_embedding"),
)
_DEFAULT_SIZE, _DEFAULT_LENGTH = 224, 77


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
        Naming the file, what it has and what the configuration says; as `tensor_shapes`.
    """
    shapes = tensor_shapes(weights)
    sizes = {name: shapes[name][0] for name in (*_IMAGES, *_TEXTS) if shapes.get(name)}
    _check_images(weights, sizes, model.get("vision_cfg") or {})
    _check_texts(weights, sizes, model.get("text_cfg") or {})


def _check_images(weights: Path, sizes: dict[str, int], vision: dict) -> None:
    patch, size = vision.get("patch_size"), vision.get("image_size", _DEFAULT_SIZE)
    positions = next((sizes[name] for name in _IMAGES if name in sizes), None)
    if positions is None or not patch:
        return
    height, width = size if isinstance(size, list) else (size, size)
    patch_height, patch_width = patch if isinstance(patch, list) else (patch, patch)
    grid = (height // patch_height) * (width // patch_width)
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
