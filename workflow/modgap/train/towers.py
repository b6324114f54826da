"""The small two-tower models of the controlled study, as open_clip configurations.

The image tower is open_clip's ModifiedResNet with one block per stage, the text tower its
transformer: nothing here is our own architecture, so every model folder loads in plain open_clip.
"""

from dataclasses import dataclass

from modgap.train.tokenizer import CONTEXT_LENGTH, VOCABULARY

_HEAD_WIDTH = 32
# Section 3 of the reference: images are normalised with mean 0.5 and standard deviation 0.5.
MEAN = (0.5, 0.5, 0.5)
STD = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Towers:
    """Sizes of a two-tower model; `image_size` in pixels, a multiple of 32 (the tower's stride)."""

    embed_dim: int
    image_width: int
    text_width: int
    text_layers: int
    image_size: int = 32

    SETTINGS = ("embed_dim", "image_width", "text_width", "text_layers")

    def model_config(self) -> dict:
        """The `model_cfg` of open_clip_config.json."""
        return {
            "embed_dim": self.embed_dim,
            "vision_cfg": {
                "image_size": self.image_size,
                "layers": [1, 1, 1, 1],
                "width": self.image_width,
                "head_width": _HEAD_WIDTH,
            },
            "text_cfg": {
                "context_length": CONTEXT_LENGTH,
                "vocab_size": len(VOCABULARY),
                "width": self.text_width,
                "heads": max(1, self.text_width // _HEAD_WIDTH),
                "layers": self.text_layers,
                # With this key open_clip takes the tokenizer from the model folder itself.
                "hf_tokenizer_name": "local",
            },
        }

    def preprocess_config(self) -> dict:
        """The `preprocess_cfg` of open_clip_config.json."""
        return {
            "mean": list(MEAN),
            "std": list(STD),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        }
