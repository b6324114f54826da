"""The small two-tower models of the controlled study, as open_clip configurations.

The image tower is a small timm network at MAD's own 28 pixels, the text tower open_clip's
transformer: nothing here is our own architecture, so every model folder loads in plain open_clip.
"""

from dataclasses import dataclass

from modgap.mad.tokens import CONTEXT_LENGTH, VOCABULARY

# Pixels of a MAD image.
IMAGE_SIZE = 28
_HEAD_WIDTH = 32
# Section 3 of the reference: images are normalised with mean 0.5 and standard deviation 0.5.
MEAN = (0.5, 0.5, 0.5)
STD = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Towers:
    """Sizes of a two-tower model; `image_tower` is the name of a timm network."""

    embed_dim: int
    image_tower: str
    text_width: int
    text_layers: int

    SETTINGS = ("embed_dim", "image_tower", "text_width", "text_layers")

    def model_config(self) -> dict:
        """The `model_cfg` of open_clip_config.json."""
        return {
            "embed_dim": self.embed_dim,
            "vision_cfg": {
                "image_size": IMAGE_SIZE,
                "timm_model_name": self.image_tower,
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
