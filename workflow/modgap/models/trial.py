"""A model that was loaded, tried once: what loads may still fail, or give no embedding."""

from pathlib import Path

import torch

from modgap.errors import InputError
from modgap.formats.folder_files import CONFIG
from modgap.formats.preprocessing import Preprocessing
from modgap.formats.weights import in_a_line

# What of a configuration decides whether a tower runs, and does not show when it is loaded.
_DECIDES = {
    "image": "vision_cfg: image_size, pooling and projection",
    "text": "text_cfg: context_length, as many tokens as the tower has positions, and pooling",
}


def check_runs(
    model: torch.nn.Module, config: dict, tokens: torch.Tensor, folder: str | Path
) -> None:
    """Raise `InputError` unless a loaded model gives an image and a text an embedding each.

    Parameters
    ----------
    model : torch.nn.Module
        As `load_model` gives it, on the CPU; it is left in evaluation mode.
    config : dict
        What its open_clip_config.json holds.
    tokens : (1, context length) int64
        A text, as the model's tokenizer gives it.
    folder : path
        What errors call the model.

    Raises
    ------
    InputError
        If a tower fails on its input, as one of timm or transformers does that was made for another
        size; if an embedding is not finite, or has another length than the configuration says.
    """
    size = Preprocessing.of_config(config)
    pixels = torch.linspace(-1, 1, 3 * size.height * size.width)
    given = {
        "image": (model.encode_image, pixels.view(1, 3, size.height, size.width)),
        "text": (model.encode_text, tokens),
    }
    model.eval()
    for kind, (encode, batch) in given.items():
        try:
            with torch.inference_mode():
                vector = encode(batch, normalize=False)
        except Exception as error:  # timm and transformers raise whatever their layers raise
            raise InputError(
                f"{folder}: this model is loaded, but fails on the first {kind} "
                f"({in_a_line(error)}). In its {CONFIG} check {_DECIDES[kind]}"
            ) from error
        _check_embedding(vector, config["model_cfg"]["embed_dim"], kind, folder)


def _check_embedding(vector: object, width: int, kind: str, folder: str | Path) -> None:
    if not isinstance(vector, torch.Tensor):
        raise InputError(
            f"{folder}: its {kind} tower gives more than an embedding; in its {CONFIG} take "
            "output_tokens out of vision_cfg and text_cfg, whose weights stay the same"
        )
    if tuple(vector.shape) != (1, width):
        raise InputError(
            f"{folder}: its {kind} tower gives an embedding of shape {tuple(vector.shape)}, but "
            f"embed_dim in its {CONFIG} is {width}, expected (1, {width}): check embed_dim and the "
            "projections of both towers"
        )
    if not vector.isfinite().all():
        raise InputError(
            f"{folder}: the embedding of its first {kind} is not finite, so its weights hold NaN "
            "or infinite numbers, as those of a training that diverged; take an earlier checkpoint"
        )
