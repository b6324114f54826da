"""Encoders of one kind only: an image tower or a text tower in an open_clip folder of its own.

Such a folder is an open_clip model folder whose configuration has `vision_cfg` or `text_cfg` but
not both, and whose weights are named as open_clip names that tower's (`visual.…`, `text.…`). The
towers are open_clip's own: any network of timm, any text encoder of transformers.
"""

from pathlib import Path

import torch
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from open_clip.factory import load_state_dict
from open_clip.model import _build_text_tower, _build_vision_tower

from modgap.errors import InputError

IMAGE, TEXT = "visual", "text"


class OneTower(torch.nn.Module):
    """An encoder with one tower, called as open_clip calls a model of two.

    Parameters
    ----------
    model_cfg : dict
        As in open_clip_config.json, with `embed_dim` and either `vision_cfg` or `text_cfg`.
    """

    def __init__(self, model_cfg: dict):
        super().__init__()
        quick, width = model_cfg.get("quick_gelu", False), model_cfg["embed_dim"]
        if "vision_cfg" in model_cfg:
            self.visual = _build_vision_tower(width, model_cfg["vision_cfg"], quick)
        else:
            self.text = _build_text_tower(width, model_cfg["text_cfg"], quick)

    def encode_image(self, images: torch.Tensor, normalize: bool = False) -> torch.Tensor:
        """(n, 3, height, width) → (n, embed_dim)."""
        return self._encode(IMAGE, images, normalize)

    def encode_text(self, tokens: torch.Tensor, normalize: bool = False) -> torch.Tensor:
        """(n, context length) int64 → (n, embed_dim)."""
        return self._encode(TEXT, tokens, normalize)

    def _encode(self, tower: str, batch: torch.Tensor, normalize: bool) -> torch.Tensor:
        if not hasattr(self, tower):
            raise InputError(f"this encoder has no {'image' if tower == IMAGE else 'text'} tower")
        features = getattr(self, tower)(batch)
        return torch.nn.functional.normalize(features, dim=-1) if normalize else features


def load_tower(
    weights: Path, model_cfg: dict, preprocess_cfg: dict, device: torch.device | str
) -> OneTower:
    """The encoder of a folder with one tower, its weights exactly those of the file `weights`.

    Raises whatever torch and open_clip raise for weights that do not fit.
    """
    model = OneTower(model_cfg)
    model.load_state_dict(load_state_dict(str(weights), device="cpu"))
    if hasattr(model, IMAGE):
        colours = {"mean": OPENAI_DATASET_MEAN, "std": OPENAI_DATASET_STD}
        model.visual.preprocess_cfg = colours | preprocess_cfg
    return model.to(device)
