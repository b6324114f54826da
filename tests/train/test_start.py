import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.tiny_training import CPU, tiny_source
from safetensors.torch import load_file

from modgap.errors import InputError
from modgap.formats.model_folder import WEIGHTS, load_model
from modgap.formats.tables import read_table
from modgap.formats.tokenizers import WordTokenizer
from modgap.mad.captions import WORDS
from modgap.train.job import train_job

SETTINGS = {
    "epochs": 1,
    "text_rest": 0.0,
    "text_learning_rate": 1.0,
    "scale_learning_rate": 1.0,
    "initial_temperature": 0.07,
    "learnable_temperature": True,
    "loss": "clip",
    "embed_dim": 8,
    "image_tower": "test_resnet",
    "text_width": 32,
    "text_layers": 1,
    "seed": 0,
}
TRAINING = {
    "precision": "fp32",
    "batch_size": 32,
    "learning_rate": 0.003,
    "weight_decay": 0.1,
    "warmup_steps": 2,
    "probe_every": 2,
}


def job(folder, start=None, source=None, **changed):
    settings = SETTINGS | changed
    train_job(
        folder, folder.name, source or tiny_source(), settings, TRAINING, device=CPU, start=start
    )
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return job(tmp_path_factory.mktemp("start") / "full")


def history(folder):
    return read_table(folder / "history.parquet")[0].to_pandas()


def test_a_model_starts_with_the_weights_of_another(first, tmp_path):
    job(tmp_path / "next", start=first, seed=5, initial_temperature=1)
    before, after = history(first), history(tmp_path / "next")
    # The untrained row of the second is the last of the first, temperature included.
    for column in ("temperature", "l2m", "rmg", "entropy"):
        assert after[column][0] == before[column].iloc[-1], column
    facts = json.loads((tmp_path / "next" / "modgap.json").read_text())
    source = json.loads((first / "modgap.json").read_text())
    assert facts["training"]["from"] == "full"
    assert facts["training"]["from_sha256"] == source["weights_sha256"]


def test_only_weights_are_taken_and_a_frozen_temperature_is_the_one_started_from(first, tmp_path):
    job(tmp_path / "frozen", start=first, learnable_temperature=False)
    kept = load_file(tmp_path / "frozen" / WEIGHTS)["logit_scale"]
    assert torch.equal(kept, load_file(first / WEIGHTS)["logit_scale"])
    assert history(tmp_path / "frozen")["temperature"].nunique() == 1


def test_a_model_with_a_bias_has_it_in_its_record_and_starts_from_its_like(first, tmp_path):
    siglip = job(tmp_path / "siglip", loss="sigmoid")
    facts = json.loads((siglip / "modgap.json").read_text())
    assert facts["logit_bias"] == load_file(siglip / WEIGHTS)["logit_bias"].item()
    assert "logit_bias" not in json.loads((first / "modgap.json").read_text())
    job(tmp_path / "next", start=siglip, loss="sigmoid")
    assert history(tmp_path / "next")["logit_bias"][0] == facts["logit_bias"]
    with pytest.raises(InputError, match=r"siglip has init_logit_bias -10\.0, the model to train"):
        job(tmp_path / "other", start=siglip)


TRANSFORMER = {"image_tower": "transformer", "text_layers": 2}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return job(tmp_path_factory.mktemp("shared") / "shared", shared_tower=True, **TRANSFORMER)


def test_a_shared_tower_is_one_transformer_with_one_projection(shared, tmp_path):
    weights = load_file(shared / WEIGHTS)
    inner = [name for name in weights if name.startswith("transformer.")]
    assert len(inner) == 2 * 12
    for name in inner:
        assert torch.equal(weights[name], weights[f"visual.{name}"]), name
    assert torch.equal(weights["visual.proj"], weights["text_projection"])
    apart = job(tmp_path / "apart", **TRANSFORMER)
    two_towers = load_file(apart / WEIGHTS)
    assert not torch.equal(two_towers["visual.proj"], two_towers["text_projection"])
    one, two = (json.loads((x / "modgap.json").read_text())["parameters"] for x in (shared, apart))
    assert two - one == sum(weights[name].numel() for name in [*inner, "visual.proj"])


def test_a_shared_tower_trains_on_both_modalities_and_loads_as_a_plain_model(shared):
    assert history(shared)["loss"].iloc[-1] < history(shared)["loss"].dropna().iloc[0]
    model = load_model(shared, CPU)
    source = tiny_source()
    (batch, *_) = source.epoch(np.random.default_rng(0))
    with torch.no_grad():
        images = model.encode_image(batch.images, normalize=True)
        texts = model.encode_text(batch.tokens, normalize=True)
    assert images.shape == texts.shape == (32, 8)
    assert (images - texts).norm(dim=1).min() > 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"text_width": 64}, "full has text_cfg.heads 1, the model to train has 2"),
        ({"embed_dim": 16}, "full has embed_dim 8, the model to train has 16"),
        ({"image_tower": "test_byobnet"}, "full has vision_cfg.timm_model_name 'test_resnet'"),
    ],
)
def test_other_towers_are_refused_before_training(first, tmp_path, changed, message):
    with pytest.raises(InputError, match=rf"model.from: {message}"):
        job(tmp_path / "next", start=first, **changed)
    assert not (tmp_path / "next").exists()


def test_another_tokenizer_is_refused_before_training(first, tmp_path):
    words = WordTokenizer(tuple(reversed(WORDS)), 8)
    source = replace(tiny_source(), tokenizer=words)
    with pytest.raises(InputError, match=r"model.from: full has another tokenizer .* same words"):
        job(tmp_path / "next", start=first, source=source)


def test_changed_weights_and_no_model_are_refused(first, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        job(tmp_path / "next", start=tmp_path / "nowhere")
    copy = job(tmp_path / "copy")
    data = bytearray((copy / WEIGHTS).read_bytes())
    data[-3] ^= 1
    (copy / WEIGHTS).write_bytes(data)
    with pytest.raises(InputError, match=r"SHA-256 is .*train or download the model again"):
        job(tmp_path / "next", start=copy)


def test_the_temperature_goes_on_or_starts_anew(tmp_path):
    job(tmp_path / "first")
    end = read_table(tmp_path / "first" / "history.parquet")[0].to_pandas()["temperature"].iloc[-1]
    for restarted in (False, True):
        folder = tmp_path / f"second-{restarted}"
        changed = {"restart_temperature": restarted, "initial_temperature": 0.5}
        job(folder, start=tmp_path / "first", **changed)
        history = read_table(folder / "history.parquet")[0].to_pandas()
        assert history["temperature"].iloc[0] == pytest.approx(0.5 if restarted else end)


def test_texts_laid_on_their_images_start_with_a_smaller_gap_and_stay_a_plain_model(tmp_path):
    gaps = {}
    for initialisation in ("random", "procrustes"):
        folder = tmp_path / initialisation
        job(folder, initialisation=initialisation)
        gaps[initialisation] = read_table(folder / "history.parquet")[0].to_pandas()["l2m"].iloc[0]
        load_model(folder)
    assert gaps["procrustes"] < 0.5 * gaps["random"]
