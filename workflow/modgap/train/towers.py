"""The small two-tower models of the controlled study, as open_clip configurations.

The image tower is a small timm network at the data set's own size or open_clip's vision
transformer, the text tower open_clip's transformer: nothing here is our own architecture, so every
model folder loads in plain open_clip.
"""

from dataclasses import dataclass

from modgap.formats.tokenizers import TextTokenizer
from modgap.study.model_settings import TRANSFORMER

_HEAD_WIDTH = 32
# Pixels of a side of what the vision transformer takes for a token.
_PATCH = 4
# Section 3 of the reference: images are normalised with mean 0.5 and standard deviation 0.5.
MEAN = (0.5, 0.5, 0.5)
STD = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Towers:
    """Sizes of a two-tower model.

    `image_tower` is the name of a timm network, or "transformer": one of the text tower's width and
    layers. `shared_tower` makes the two transformers one, which needs the latter.
    """

    embed_dim: int
    image_tower: str
    text_width: int
    text_layers: int
    shared_tower: bool = False

    SETTINGS = ("embed_dim", "image_tower", "text_width", "text_layers", "shared_tower")

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
            "vision_cfg": {"image_size": image_size, **self._image_config()},
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

    def _image_config(self) -> dict:
        if self.image_tower != TRANSFORMER:
            return {"timm_model_name": self.image_tower}
        return {
            "width": self.text_width,
            "layers": self.text_layers,
            "head_width": _HEAD_WIDTH,
            "patch_size": _PATCH,
        }

    @staticmethod
    def preprocess_config() -> dict:
        """The `preprocess_cfg` of open_clip_config.json."""
        return {
            "mean": list(MEAN),
            "std": list(STD),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        }
