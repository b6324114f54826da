"""Which images architectures with random weights are shown, known before any of them is built.

Read at every start of Snakemake: open_clip's configurations are looked up, and it is not imported.
"""

import importlib.util
import json
from functools import cache
from pathlib import Path

from modgap.formats.preprocessing import Preprocessing

# What networks of timm are shown too, whose own sizes only an import of timm could tell.
NETWORK = Preprocessing(224, 224)


@cache
def random_preprocessing(architecture: str) -> str:
    """The key of the preprocessing of an architecture: of its own size if open_clip has it.

    >>> random_preprocessing("ViT-L-14-336"), random_preprocessing("resnet18")
    ('336-bicubic-shortest', '224-bicubic-shortest')
    """
    path = _configuration(architecture)
    if path is None:
        return NETWORK.key
    model = json.loads(path.read_text(encoding="utf-8"))
    return Preprocessing.of_config({"model_cfg": model}).key


def is_image_tower(architecture: str) -> bool:
    """Whether an architecture is none of open_clip's, and so at most an image tower of timm.

    >>> is_image_tower("RN50"), is_image_tower("resnet18")
    (False, True)
    """
    return bool(_folders()) and _configuration(architecture) is None


def _configuration(architecture: str) -> Path | None:
    paths = [folder / "model_configs" / f"{architecture}.json" for folder in _folders()]
    return next((path for path in paths if path.is_file()), None)


@cache
def _folders() -> list[Path]:
    """Where open_clip lies; nowhere, if only the environments of jobs have it."""
    spec = importlib.util.find_spec("open_clip")
    return [Path(place) for place in spec.submodule_search_locations] if spec else []
