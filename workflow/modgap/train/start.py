"""The model that training starts from: freshly drawn weights, or those of another model."""

import difflib
import math
import os
import tempfile
from pathlib import Path

import numpy as np
import timm
import torch
from open_clip.model import CLIP

from modgap.errors import InputError
from modgap.formats.model_folder import read_weights, tokenizer_files
from modgap.formats.preprocessing import read_model_config
from modgap.formats.tokenizers import TextTokenizer
from modgap.metrics.procrustes import procrustes
from modgap.study.model_settings import TRANSFORMER
from modgap.train.recipe import Recipe
from modgap.train.source import TrainingSource

# Keeps the pairs that texts are laid on apart from those of training.
_STREAM = 31


def build_model(model_config: dict, recipe: Recipe) -> CLIP:
    """A freshly initialised open_clip model; the seed decides every weight.

    Raises `InputError` if timm has no such image tower, or it cannot take images of that size.
    """
    vision = model_config["vision_cfg"]
    tower, size = vision.get("timm_model_name", TRANSFORMER), vision["image_size"]
    if tower != TRANSFORMER and not timm.is_model(tower):
        near = difflib.get_close_matches(tower, timm.list_models(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"model.image_tower: timm has no network {tower!r}{hint}")
    torch.manual_seed(recipe.seed)
    scale = -math.log(recipe.initial_temperature)
    model = CLIP(**model_config, init_logit_scale=scale, output_dict=True)
    model.logit_scale.requires_grad_(recipe.learnable_temperature)
    try:
        with torch.no_grad():
            model.eval().encode_image(torch.zeros(1, 3, size, size))
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"model.image_tower: {tower} cannot take images of {size} x {size} pixels ({error}); "
            "choose a smaller network"
        ) from error
    return model.train()


def share_tower(model: CLIP) -> None:
    """Make the two transformers of a model, and the projections after them, one.

    What turns pixels and words into tokens stays apart, as do positions and the outer
    normalisations. The model folder holds the shared weights twice, and is a plain one.

    Parameters
    ----------
    model
        With two transformers of one size; changed in place.

    References
    ----------
    Eslami and de Melo, Mitigate the Gap (AlignCLIP, ICLR 2025), section 4.1.
    """
    model.visual.transformer = model.transformer
    model.visual.proj = model.text_projection


def start_from(
    model: CLIP, model_config: dict, tokenizer: TextTokenizer, folder: str | os.PathLike
) -> dict:
    """Give `model` the weights of the model in `folder`, its logit scale and bias included.

    Only weights are taken: the optimiser starts anew.

    Parameters
    ----------
    model
        Built from `model_config`; changed in place.
    model_config
        The `model_cfg` of the model to train.
    tokenizer
        That of the model to train.
    folder
        A model folder.

    Returns
    -------
    dict
        `from`, the name of the model started from, and `from_sha256`, the SHA-256 of its weights.

    Raises
    ------
    InputError
        If the two models differ in their towers, width or loss, or in their tokenizer; if the
        folder is incomplete or its weights are not what its modgap.json says.
    """
    folder = Path(folder)
    theirs, ours = _flat(read_model_config(folder)["model_cfg"]), _flat(model_config)
    for key in sorted(theirs.keys() | ours.keys()):
        if theirs.get(key) != ours.get(key):
            raise InputError(
                f"model.from: {folder.name} has {key} {theirs.get(key)!r}, the model to train has "
                f"{ours.get(key)!r}; a model can only start from one with the same towers, width, "
                "tokenizer and kind of loss"
            )
    _check_tokenizer(tokenizer, folder)
    weights, facts = read_weights(folder)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(
            f"model.from: the weights of {folder} do not fit its configuration ({error}); train "
            "it again"
        ) from error
    return {"from": facts["model"], "from_sha256": facts["weights_sha256"]}


def restart_temperature(model: CLIP, temperature: float) -> None:
    """Set the temperature of a model that starts from another's weights."""
    with torch.no_grad():
        model.logit_scale.fill_(-math.log(temperature))


def lay_texts_on_images(model: CLIP, source: TrainingSource, seed: int) -> None:
    """Turn the texts of an untrained model so that they lie on their images.

    The rotation is the orthogonal Procrustes solution over one epoch of training pairs, put into
    the text projection, so that the model stays a plain one; unlike in the source it is trained on
    from there.

    Parameters
    ----------
    model
        Changed in place.
    source
        What it will be trained on.
    seed
        Of the order and the captions of that epoch.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), section 4.3.
    """
    images, texts = [], []
    model.eval()
    with torch.no_grad():
        for batch in source.epoch(np.random.default_rng((seed, _STREAM))):
            images.append(model.encode_image(batch.images, normalize=True).float().cpu())
            texts.append(model.encode_text(batch.tokens, normalize=True).float().cpu())
        turn = procrustes(torch.cat(images).numpy(), torch.cat(texts).numpy())
        weights = model.text_projection
        weights.copy_((weights.double() @ torch.from_numpy(turn.T).to(weights.device)).float())
    model.train()


def _flat(config: dict, prefix: str = "") -> dict:
    flat = {}
    for key, value in config.items():
        nested = isinstance(value, dict)
        flat |= _flat(value, f"{prefix}{key}.") if nested else {f"{prefix}{key}": value}
    return flat


def _check_tokenizer(tokenizer: TextTokenizer, folder: Path) -> None:
    """Its files must be those that `tokenizer` would write: a token must mean the same word."""
    with tempfile.TemporaryDirectory() as name:
        tokenizer.save(name)
        ours = {path.name: path.read_bytes() for path in tokenizer_files(name)}
    theirs = {path.name: path.read_bytes() for path in tokenizer_files(folder)}
    if ours != theirs:
        raise InputError(
            f"model.from: {folder.name} has another tokenizer than the model to train (other "
            "words, or words in another order); a model can only start from one trained on "
            "captions of the same words"
        )
