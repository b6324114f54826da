"""The small two-tower models of the controlled study, as open_clip configurations.

The image tower is a small timm network at the data set's own size, the text tower open_clip's
transformer: nothing here is our own architecture, so every model folder loads in plain open_clip.
"""

from dataclasses import dataclass

from modgap.formats.tokenizers import TextTokenizer

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

    def model_config(
        self, image_size: int, tokenizer: TextTokenizer, initial_bias: float | None = None
    ) -> dict:
        """The `model_cfg` of open_clip_config.json.

        Parameters
        ----------
        image_size
            Height and width of the images, in pixels.
        tokenizer
            What turns captions into tokens.
        initial_bias
            Start of the logit bias, for a loss that has one.
        """
        config = {
            "embed_dim": self.embed_dim,
            "vision_cfg": {
                "image_size": image_size,
                "timm_model_name": self.image_tower,
            },
            "text_cfg": {
                "context_length": tokenizer.context_length,
                "vocab_size": tokenizer.size,
                "width": self.text_width,
                "heads": max(1, self.text_width // _HEAD_WIDTH),
                "layers": self.text_layers,
                **tokenizer.config,
            },
        }
        return config if initial_bias is None else config | {"init_logit_bias": initial_bias}

    @staticmethod
    def preprocess_config() -> dict:
        """The `preprocess_cfg` of open_clip_config.json."""
        return {
            "mean": list(MEAN),
            "std": list(STD),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        }
