"""Architectures with random weights, at full size and without any network."""

import copy
import os
from pathlib import Path

import open_clip
import timm
import torch

from modgap.errors import InputError, nearest
from modgap.formats.model_folder import write_model
from modgap.formats.one_tower import OneTower
from modgap.formats.preprocessing import has_two_towers
from modgap.formats.weights import in_a_line
from modgap.runtime.provenance import provenance
from modgap.study.architectures import NETWORK


def random_model(architecture: str, folder: str | os.PathLike, *, name: str, seed: int) -> dict:
    """Write an architecture with random weights as a model folder.

    Parameters
    ----------
    architecture
        A model of open_clip, with both towers (`RN50`, `ViT-B-32`), or a network of timm, which
        becomes an image tower alone, without its head (`resnet18`).
    folder
        The model folder to write.
    name
        The model's name.
    seed
        Decides every weight.

    Returns
    -------
    dict
        What its modgap.json holds.

    Raises
    ------
    InputError
        For an architecture that neither library has, or one that needs a file of the hub.
    """
    model, config = build_random(architecture, seed)
    source = {"kind": "random", "architecture": architecture, "seed": seed}
    return write_model(Path(folder), name, model, config, None, {"source": source, **provenance()})


def build_random(architecture: str, seed: int) -> tuple[torch.nn.Module, dict]:
    """The same in memory: the model, in evaluation mode, and its configuration.

    Parameters
    ----------
    architecture, seed
        As for `random_model`.

    Returns
    -------
    torch.nn.Module
        With `visual` and `encode_image`; of open_clip's models also `encode_text`.
    dict
        What its open_clip_config.json would hold.

    Raises
    ------
    InputError
        As `random_model` does.
    """
    config = _config(architecture)
    torch.manual_seed(seed)
    if not has_two_towers(config):
        return OneTower(config["model_cfg"]).eval(), config
    # Without the weights of an image tower, which some configurations would fetch.
    model = open_clip.create_model(architecture, pretrained_image=False)
    return model.eval(), config


def _config(architecture: str) -> dict:
    if architecture in open_clip.list_models():
        return _two_towers(architecture)
    if timm.is_model(architecture):
        return _image_tower(architecture)
    known = [*open_clip.list_models(), *timm.list_models()]
    hint = nearest(architecture, known)
    if not hint.startswith("did"):
        hint = "open_clip.list_models() and timm.list_models() print all there are"
    raise InputError(
        f"random: {architecture!r} is an architecture of neither open_clip nor timm; {hint}"
    )


def _two_towers(architecture: str) -> dict:
    model = copy.deepcopy(open_clip.get_model_config(architecture))
    text = model["text_cfg"]
    for key in ("hf_model_name", "hf_tokenizer_name"):
        if text.get(key):
            raise InputError(
                f"random: {architecture} needs {text[key]!r} of the hub ({key}); take an "
                "architecture whose text tower and tokenizer are open_clip's own, such as ViT-B-32"
            )
    model["vision_cfg"].pop("timm_model_pretrained", None)
    colours = {
        "mean": list(open_clip.OPENAI_DATASET_MEAN),
        "std": list(open_clip.OPENAI_DATASET_STD),
    }
    preprocess = {**colours, "interpolation": "bicubic", "resize_mode": "shortest"}
    return {"model_cfg": model, "preprocess_cfg": preprocess}


def _image_tower(architecture: str) -> dict:
    """timm's network without its head, for images in its colours and of one size for all."""
    cfg = timm.get_pretrained_cfg(architecture)
    colours = {"mean": list(cfg.mean), "std": list(cfg.std)}
    ways = {"interpolation": NETWORK.interpolation, "resize_mode": NETWORK.resize_mode}
    network = timm.create_model(architecture, num_classes=0)
    pool = getattr(network, "global_pool", "avg")
    vision = {
        "timm_model_name": architecture,
        # The network's own, under the name that timm takes it by.
        "timm_pool": getattr(pool, "pool_type", pool),
        "timm_proj": "none",
        "image_size": NETWORK.height,
    }
    try:
        with torch.no_grad():
            width = network.eval()(torch.zeros(1, 3, NETWORK.height, NETWORK.width)).shape[1]
    except Exception as error:  # a network fails on another size as its first layers do
        own = "x".join(map(str, cfg.input_size[1:]))
        raise InputError(
            f"random: {architecture} takes images of {own} pixels alone ({in_a_line(error)}); "
            f"networks of timm are shown {NETWORK.height}x{NETWORK.width}: take one of that size"
        ) from error
    model = {"embed_dim": width, "vision_cfg": vision}
    return {"model_cfg": model, "preprocess_cfg": colours | ways}
