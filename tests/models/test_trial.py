"""Folders that open_clip loads without a word, and that give no embedding, or another model's."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from helpers.tiny_models import save_tiny_clip
from helpers.users_folders import CONFIG, PICKLE, SQUASHED, WEIGHTS, edit, row, users
from safetensors.torch import load_file, save_file
from transformers import BertConfig

from modgap.errors import InputError
from modgap.models.fetch import fetch_model


def refused(tmp_path: Path, folder: Path, message: str, **cells: str) -> None:
    with pytest.raises(InputError, match=message):
        fetch_model(row(folder, **cells), tmp_path / "study" / "mine", tmp_path / "record")
    assert not (tmp_path / "study" / "mine").exists()


def with_settings(folder: Path, settings: dict) -> Path:
    """A folder whose model has these settings, by tower, and weights that fit them."""
    edit(folder, lambda model: [model[tower].update(settings[tower]) for tower in settings])
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / WEIGHTS)
    return folder


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        # Its first layer norm has the width of the pooled embedding.
        (
            {"vision_cfg": {"attentional_pool": "parallel", "attn_pooler_heads": 2}},
            r"fails on the first image .*\. In its open_clip_config\.json check vision_cfg",
        ),
        ({"vision_cfg": {"output_tokens": True}}, "image tower gives more than an embedding"),
    ],
)
def test_a_tower_that_loads_and_does_not_run_is_refused(tmp_path, settings, message):
    folder = with_settings(users(tmp_path / "theirs"), settings)
    refused(tmp_path, folder, message)


def test_towers_of_different_widths_are_refused(tmp_path):
    folder = users(tmp_path / "theirs", "siglip")
    with_settings(folder, {"text_cfg": {"proj_type": "none"}})
    said = r"text tower gives an embedding of shape \(1, 32\), but embed_dim in its .* is 16"
    refused(tmp_path, folder, said, **SQUASHED)


@pytest.mark.parametrize(("value", "tower"), [("nan", "image"), ("inf", "text")])
def test_weights_of_a_training_that_diverged_are_refused(tmp_path, value, tower):
    folder = users(tmp_path / "theirs")
    weights = load_file(folder / WEIGHTS)
    weights["visual.proj" if tower == "image" else "text_projection"][0, 0] = float(value)
    save_file(weights, folder / WEIGHTS)
    refused(tmp_path, folder, f"the embedding of its first {tower} is not finite")


def with_bert(folder: Path, positions: int) -> Path:
    """A folder whose text tower is a BERT of transformers, for texts of 16 tokens."""
    users(folder, "siglip")
    small = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertConfig(
        vocab_size=64, hidden_size=32, max_position_embeddings=positions, **small
    ).save_pretrained(folder / "text_tower")
    config = json.loads((folder / CONFIG).read_text())
    names = {"hf_model_name": "text_tower", "hf_tokenizer_name": "tiny", "context_length": 16}
    # As it is loaded from anywhere, open_clip takes the tower's name as it is.
    here = names | {"hf_model_name": str(folder / "text_tower"), "hf_model_pretrained": False}
    config["model_cfg"]["text_cfg"] = names
    (folder / CONFIG).write_text(json.dumps(config))
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False, text_cfg=here)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / WEIGHTS)
    return folder


def test_more_tokens_than_a_text_tower_has_positions_are_refused(tmp_path):
    folder = with_bert(tmp_path / "theirs", positions=10)
    refused(tmp_path, folder, "fails on the first text .*check text_cfg: context_l", **SQUASHED)


@pytest.mark.parametrize("left", ["tokenizer_config.json", "config.json"])
def test_a_tokenizer_without_its_words_is_refused(tmp_path, left):
    """Transformers makes one of marks alone, to which all words are the unknown one."""
    folder = with_bert(tmp_path / "theirs", positions=16)
    fetch_model(row(folder, **SQUASHED), tmp_path / "whole" / "mine", tmp_path / "record")
    for path in folder.glob("tokenizer*"):
        path.unlink()
    kind = {"tokenizer_class": "BertTokenizer"} if "tokenizer" in left else {"model_type": "bert"}
    (folder / left).write_text(json.dumps(kind))
    refused(tmp_path, folder, "tokenizer tiny: knows no words, only its marks", **SQUASHED)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_mean": [0.5] * 3}, "passes over 'image_mean' in preprocess_cfg, whose settings"),
        ({"stdd": [0.5] * 3}, "open_clip passes over 'stdd' in preprocess_cfg"),
        ({"resize": "squash"}, "open_clip passes over 'resize' in preprocess_cfg"),
    ],
)
def test_settings_of_images_that_open_clip_passes_over_are_refused(tmp_path, settings, message):
    save_tiny_clip(tmp_path / "theirs", preprocess=settings)
    refused(tmp_path, tmp_path / "theirs", message)


def test_a_misnamed_preprocess_cfg_is_refused(tmp_path):
    folder = users(tmp_path / "theirs")
    config = json.loads((folder / CONFIG).read_text())
    config["preprocess"] = {"mean": [0.5] * 3}
    (folder / CONFIG).write_text(json.dumps(config))
    refused(tmp_path, folder, "passes over 'preprocess'; call it preprocess_cfg")


def test_settings_that_are_nothing_of_open_clips_stay(tmp_path):
    folder = save_tiny_clip(tmp_path / "theirs", preprocess={"crop_pct": 0.9, "size": 336})
    (folder / "modgap.json").unlink()
    fetch_model(row(folder), tmp_path / "study" / "mine", tmp_path / "record")


@pytest.mark.parametrize("pickled", [False, True])
def test_a_bias_that_the_weights_lost_does_not_become_zero(tmp_path, pickled):
    folder = users(tmp_path / "theirs", "siglip")
    weights = load_file(folder / WEIGHTS)
    del weights["logit_bias"]
    (folder / WEIGHTS).unlink()
    if pickled:
        torch.save(weights, folder / PICKLE)
    else:
        save_file(weights, folder / WEIGHTS)
    refused(tmp_path, folder, "has no logit_bias, but .* has init_logit_bias", **SQUASHED)
