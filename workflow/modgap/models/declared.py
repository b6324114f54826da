"""What open_clip's table and a repository say beside the weights, held against what is loaded.

The same weights under another activation, colour normalisation or resizing are another model, and
load without a word: ViT-B-32 laion400m_e32 has an ImageNet accuracy of .629 with the QuickGELU that
it was trained with and of .602 without.
"""

import logging
from collections.abc import Iterable

import open_clip
from open_clip.pretrained import get_pretrained_cfg

_log = logging.getLogger(__name__)
PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")
# An open_clip configuration that leaves these out means the following.
_DEFAULTS = {
    "quick_gelu": False,
    "mean": open_clip.OPENAI_DATASET_MEAN,
    "std": open_clip.OPENAI_DATASET_STD,
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


def activation(config: dict) -> str:
    """The activation that open_clip's own transformers have under an open_clip configuration.

    Towers that timm and transformers build have their own, whatever it says.
    """
    return "QuickGELU" if config["model_cfg"].get("quick_gelu") else "GELU"


def table_entry(architecture: str, tag: str) -> dict:
    """What open_clip's table says beside a tag: colours, resizing, and QuickGELU if it says so."""
    entry = get_pretrained_cfg(architecture, tag)
    return {key: entry[key] for key in _DEFAULTS if key in entry}


def repository_entry(config: dict) -> dict:
    """The same of the open_clip_config.json that lies beside the weights."""
    entry = {**_DEFAULTS, **(config.get("preprocess_cfg") or {})}
    entry["quick_gelu"] = bool(config["model_cfg"].get("quick_gelu", False))
    return {key: entry[key] for key in _DEFAULTS}


def differences(config: dict, declared: dict, who: str) -> dict[str, str]:
    """Where a declaration disagrees with the configuration that a model is loaded with.

    Parameters
    ----------
    config : dict
        The open_clip configuration that is used.
    declared : dict
        As `table_entry` or `repository_entry` gives it.
    who : str
        Whose declaration it is, for the sentences.

    Returns
    -------
    dict of str to str
        What differs → a sentence about it; empty if they agree.
    """
    used = repository_entry(config)
    differing = {}
    for key, value in declared.items():
        if _same(used[key], value):
            continue
        if key == "quick_gelu":
            trained = "QuickGELU" if value else "GELU"
            differing[key] = (
                f"{who} says that the weights were trained with {trained}, but the architecture's "
                f"name says {activation(config)}, which is what is loaded"
            )
        else:
            differing[key] = f"{who} says {key} {_shown(value)}, but {_shown(used[key])} is used"
    return differing


def say(model: str, differing: Iterable[str]) -> None:
    """Log what `differences` found, each time that the model is used."""
    for sentence in differing:
        _log.warning("model %r: %s", model, sentence)


def _same(one: object, other: object) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        # Written to four or to eight digits, they are the same colours.
        return len(one) == len(other) and all(
            abs(a - b) < 1e-4 for a, b in zip(one, other, strict=True)
        )
    return one == other


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(f"{part:.4f}" for part in value)
    return str(value)
