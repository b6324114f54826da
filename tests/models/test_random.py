import json

import open_clip
import pandas as pd
import pytest
import timm
import torch
from helpers.tiny_data import save_file_manifest

from modgap.embed.encoder import load_encoder
from modgap.embed.extract import embed_manifest
from modgap.embed.pixels import build_pixel_cache
from modgap.errors import InputError
from modgap.formats.embeddings import read_embeddings
from modgap.formats.files import sha256
from modgap.formats.model_folder import WEIGHTS, load_model, load_tokenizer
from modgap.formats.preprocessing import Preprocessing, has_two_towers, read_model_config
from modgap.models.random import build_random, random_model
from modgap.study.architectures import random_preprocessing

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "resnet18"
    random_model("resnet18", folder, name="resnet18-random-s3", seed=3)
    return folder


def test_a_two_tower_architecture_is_open_clips_own_at_full_size(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    facts = random_model("RN50", tmp_path, name="RN50-random-s1", seed=1)
    assert facts["weights_sha256"] == sha256(tmp_path / WEIGHTS)
    assert facts["source"] == {"kind": "random", "architecture": "RN50", "seed": 1}
    # The published number of parameters of CLIP RN50, 102 million.
    assert facts["parameters"] == 102_007_137
    assert facts["embed_dim"] == 1024
    torch.manual_seed(1)
    expected = open_clip.create_model("RN50").state_dict()
    loaded = load_model(tmp_path).state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in expected.items())
    tokens = load_tokenizer(tmp_path)(["a photo of a dog"])
    assert tokens[0, :7].tolist() == [49406, 320, 1125, 539, 320, 1929, 49407]
    assert Preprocessing.of_model(tmp_path).key == "224-bicubic-shortest"
    assert load_encoder(tmp_path, CPU).mean.flatten().tolist() == pytest.approx(
        [0.48145466, 0.4578275, 0.40821073]
    )


def test_a_timm_network_is_an_image_tower_without_its_head(network):
    torch.manual_seed(3)
    expected = timm.create_model("resnet18", num_classes=0, global_pool="avg").eval()
    encoder = load_encoder(network, CPU)
    images = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        assert torch.equal(encoder.model.encode_image(images), expected(images))
    assert encoder.parameters == 11_176_512
    assert not has_two_towers(read_model_config(network))
    record = json.loads((network / "modgap.json").read_text())
    assert (record["embed_dim"], record["logit_scale"]) == (512, None)
    assert encoder.preprocessing.key == "224-bicubic-shortest"


def test_a_seed_decides_the_weights(network):
    same, config = build_random("resnet18", 3)
    other, _ = build_random("resnet18", 4)
    loaded = load_model(network).state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in same.state_dict().items())
    assert not torch.equal(same.visual.trunk.conv1.weight, other.visual.trunk.conv1.weight)
    assert config == json.loads((network / "open_clip_config.json").read_text())


def test_a_network_with_another_width_at_its_end_has_that_width():
    assert build_random("mobilenetv3_small_050", 0)[1]["model_cfg"]["embed_dim"] == 1024


def test_every_architecture_is_shown_the_size_that_a_study_plans():
    for name in ("ViT-B-16-plus-240", "vgg11", "resnet18"):
        key = Preprocessing.of_config(build_random(name, 0)[1]).key
        assert key == random_preprocessing(name)


def test_a_network_of_another_size_alone_is_refused():
    message = r"vit_tiny_patch16_384 takes images of 384x384 pixels alone .*224x224"
    with pytest.raises(InputError, match=message):
        build_random("vit_tiny_patch16_384", 0)


def test_images_are_embedded_and_texts_left_out(network, tmp_path, caplog):
    manifest = save_file_manifest(tmp_path / "data", n=3)
    cache = tmp_path / "pixels"
    build_pixel_cache(manifest, Preprocessing.of_model(network), cache)
    files = tmp_path / "image.parquet", tmp_path / "text.parquet"
    embed_manifest(network, manifest, cache, *files, device="cpu")
    images, texts = (read_embeddings(path) for path in files)
    assert images.vectors.shape == (3, 512)
    assert texts.vectors.shape == (0, 512)
    assert "has no tower for texts: 3 left out" in caplog.text
    assert pd.isna(images.metadata["logit_scale"])


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ("ViT-B-33", r"neither open_clip nor timm; did you mean 'ViT-B-32'"),
        ("qqqq", r"neither open_clip nor timm; open_clip.list_models\(\) and"),
        ("ViT-B-16-SigLIP", r"needs 'timm/ViT-B-16-SigLIP' of the hub \(hf_tokenizer_name\)"),
        ("roberta-ViT-B-32", r"needs 'roberta-base' of the hub \(hf_model_name\)"),
    ],
)
def test_what_cannot_be_built_without_a_network_is_refused(tmp_path, architecture, message):
    with pytest.raises(InputError, match=message):
        random_model(architecture, tmp_path / "m", name="m", seed=0)
    assert not (tmp_path / "m").exists()


def test_one_tower_runs_in_fp32_and_amp_only(network):
    with pytest.raises(InputError, match="one tower in bf16; set precision: amp or fp32"):
        load_encoder(network, CPU, "bf16")
