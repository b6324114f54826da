"""Writing a trained model as a folder that open_clip loads."""

import json
import math
import os
from pathlib import Path

import safetensors.torch
from open_clip.model import CLIP

from modgap.formats.files import sha256, whole_file, write_text
from modgap.mad.tokens import save_tokenizer
from modgap.runtime.provenance import provenance
from modgap.train.towers import Towers


def save_model(
    folder: str | os.PathLike, name: str, model: CLIP, towers: Towers, training: dict
) -> None:
    """Write weights, configuration, tokenizer and `modgap.json` (what the model is) to `folder`.

    `open_clip.create_model_and_transforms("local-dir:FOLDER")` and
    `open_clip.get_tokenizer("local-dir:FOLDER")` load it.
    """
    folder = Path(folder)
    config = {"model_cfg": towers.model_config(), "preprocess_cfg": towers.preprocess_config()}
    write_text(folder / "open_clip_config.json", json.dumps(config, indent=2) + "\n")
    save_tokenizer(folder)
    weights = folder / "open_clip_model.safetensors"
    state = {key: value.cpu().contiguous() for key, value in model.state_dict().items()}
    with whole_file(weights) as partial:
        safetensors.torch.save_file(state, str(partial))
    facts = {
        "model": name,
        "weights_sha256": sha256(weights),
        "parameters": sum(p.numel() for p in model.parameters()),
        "embed_dim": towers.embed_dim,
        "logit_scale": math.exp(model.logit_scale.item()),
        "training": training,
        **provenance(),
    }
    write_text(folder / "modgap.json", json.dumps(facts, indent=2) + "\n")
