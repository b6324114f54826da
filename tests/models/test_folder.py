import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.tiny_data import save_array_manifest
from helpers.tiny_models import save_tiny_clip
from helpers.users_folders import CONFIG, PICKLE, SAVERS, WEIGHTS, edit, row, users
from open_clip.model import CLIP
from safetensors.torch import load_file, save_file

from modgap.embed.extract import embed_manifest
from modgap.errors import InputError
from modgap.formats.embeddings import read_embeddings
from modgap.formats.files import sha256
from modgap.formats.model_folder import load_model, load_tokenizer, place_of, write_model
from modgap.formats.tokenizers import WordTokenizer
from modgap.models.fetch import fetch_model
from modgap.train.towers import Towers


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("pickled", [False, True])
@pytest.mark.parametrize("kind", list(SAVERS))
def test_a_folder_of_the_users_is_embedded_where_it_lies(tmp_path, kind, pickled):
    theirs = users(tmp_path / "theirs", kind, pickled)
    before = contents(theirs)
    squash = {"preprocessing": "28-bicubic-squash"} if kind == "siglip" else {}
    facts = fetch_model(row(theirs, **squash), tmp_path / "study" / "mine", tmp_path / "record")
    assert contents(theirs) == before
    assert [path.name for path in (tmp_path / "study" / "mine").iterdir()] == ["modgap.json"]
    assert not (tmp_path / "record").exists()
    assert facts["folder"] == str(theirs)
    assert facts["weights_sha256"] == sha256(theirs / (PICKLE if pickled else WEIGHTS))
    model = load_model(tmp_path / "study" / "mine").eval()
    assert facts["parameters"] == sum(value.numel() for value in model.parameters())
    data = save_array_manifest(tmp_path / "data", n=3)
    paths = tmp_path / "i.parquet", tmp_path / "t.parquet"
    embed_manifest(tmp_path / "study" / "mine", data, None, *paths, device="cpu")
    images, texts = map(read_embeddings, paths)
    assert images.metadata["model"] == texts.metadata["model"] == "mine"
    with torch.inference_mode():
        tokens = load_tokenizer(theirs)(texts.table["text"].tolist())
        expected = model.encode_text(tokens, normalize=False).numpy()
    np.testing.assert_allclose(texts.vectors, expected, atol=2e-5)
    assert contents(theirs) == before


def test_a_change_of_the_users_weights_is_noticed(tmp_path):
    theirs = users(tmp_path / "theirs")
    fetch_model(row(theirs), tmp_path / "mine", tmp_path / "record")
    save_tiny_clip(tmp_path / "other", seed=1)
    shutil.copyfile(tmp_path / "other" / WEIGHTS, theirs / WEIGHTS)
    data = save_array_manifest(tmp_path / "data", n=2)
    with pytest.raises(InputError, match=rf"theirs/{WEIGHTS}: SHA-256 is .*mine/modgap\.json says"):
        embed_manifest(tmp_path / "mine", data, None, tmp_path / "i", tmp_path / "t", device="cpu")


def test_a_path_may_be_relative_or_from_home(tmp_path, monkeypatch):
    theirs = users(tmp_path / "theirs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for written in ("theirs", "./theirs/", "~/theirs"):
        fetch_model(row(written), tmp_path / "mine", tmp_path / "record")
        assert place_of(tmp_path / "mine").resolve() == theirs


def longer_texts(model: dict) -> None:
    model["text_cfg"]["context_length"] = 99


def with_scale(folder: Path, scale: float) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file(weights | {"logit_scale": torch.tensor(scale)}, folder / WEIGHTS)


@pytest.mark.parametrize(
    ("change", "cells", "message"),
    [
        (shutil.rmtree, {}, "model 'mine': no folder .*theirs; correct the column folder"),
        (lambda f: (f / CONFIG).unlink(), {}, r"theirs/open_clip_config\.json: no such file"),
        (lambda f: (f / WEIGHTS).unlink(), {}, "no such file, so theirs has no weights"),
        (lambda f: (f / CONFIG).write_text("{"), {}, "not an open_clip configuration"),
        (lambda f: (f / CONFIG).write_text('{"model_cfg": []}'), {}, "not an open_clip conf"),
        (
            lambda f: (f / WEIGHTS).rename(f / "model.safetensors"),
            {},
            "rename model.safetensors to",
        ),
        (lambda f: (f / WEIGHTS).rename(f / "epoch_9.pt"), {}, r"epoch_9\.pt to open_clip_pytorch"),
        (lambda f: (f / WEIGHTS).write_bytes(b"x"), {}, "not a safetensors file"),
        (lambda f: edit(f, longer_texts), {}, "77 positions, but context_length in .* is 99"),
        (
            lambda f: with_scale(f, 100.0),
            {},
            "logit_scale in its weights is 100; expected the loga",
        ),
        (lambda f: with_scale(f, float("nan")), {}, "logit_scale in its weights is nan"),
        (lambda f: None, {"preprocessing": "28-bicubic-squash"}, "write 28-bicubic-shortest in"),
        (lambda f: None, {"sha256": "0" * 64}, "SHA-256 of .*safetensors is .*models.tsv says 0"),
    ],
)
def test_a_folder_that_is_no_model_is_named(tmp_path, change, cells, message):
    theirs = users(tmp_path / "theirs")
    change(theirs)
    with pytest.raises(InputError, match=message):
        fetch_model(row(theirs, **cells), tmp_path / "mine", tmp_path / "record")
    assert not (tmp_path / "mine").exists()


def test_the_file_of_weights_is_no_folder(tmp_path):
    weights = users(tmp_path / "theirs") / WEIGHTS
    with pytest.raises(
        InputError, match=r"model 'mine': \S+safetensors is a file; correct the col"
    ):
        fetch_model(row(weights), tmp_path / "mine", tmp_path / "record")


def test_a_model_that_was_trained_here_may_be_somebodys_folder(tmp_path):
    """Its tokenizer has the words of its captions and no other, not "dog"."""
    tokenizer = WordTokenizer(("red", "blue", "zero"), 6)
    config = Towers(16, "test_resnet", 32, 1).model_config(28, tokenizer)
    made = {"model_cfg": config, "preprocess_cfg": Towers.preprocess_config()}
    write_model(tmp_path / "theirs", "theirs", CLIP(**config), made, tokenizer, {})
    facts = fetch_model(row(tmp_path / "theirs"), tmp_path / "mine", tmp_path / "record")
    assert place_of(tmp_path / "mine") == tmp_path / "theirs"
    assert "tokenizer.json" in facts["files_sha256"]


class Sneaky:
    def __init__(self, path: Path):
        self.path = str(path)

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


@pytest.mark.parametrize(
    "how", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))]
)
def test_a_pickle_of_the_users_folder_runs_nothing(tmp_path, how):
    theirs = users(tmp_path / "theirs", pickled=True)
    how({"visual.proj": Sneaky(tmp_path / "ran")}, theirs / PICKLE)
    with pytest.raises(InputError, match="nor a file of tensors alone"):
        fetch_model(row(theirs), tmp_path / "mine", tmp_path / "record")
    assert not (tmp_path / "ran").exists()


CODE = "open({!r}, 'w')\nclass Evil: pass\n"


def test_code_beside_a_tokenizer_is_never_run(tmp_path):
    """A configuration may ask transformers to trust it, and name a class in a file beside it."""
    theirs = users(tmp_path / "theirs", "siglip")
    (theirs / "tokenizer_evil.py").write_text(CODE.format(str(tmp_path / "ran")))
    settings = json.loads((theirs / "tokenizer_config.json").read_text())
    settings["auto_map"] = {"AutoTokenizer": ["tokenizer_evil.Evil", "tokenizer_evil.Evil"]}
    settings["tokenizer_class"] = "Evil"
    (theirs / "tokenizer_config.json").write_text(json.dumps(settings))
    asked = row(theirs, preprocessing="28-bicubic-squash")
    with pytest.raises(InputError, match="tokenizer"):
        fetch_model(asked, tmp_path / "mine", tmp_path / "record")
    edit(theirs, lambda m: m["text_cfg"].update(tokenizer_kwargs={"trust_remote_code": True}))
    with pytest.raises(InputError, match="asks to run code that comes with the model"):
        fetch_model(asked, tmp_path / "mine", tmp_path / "record")
    assert not (tmp_path / "ran").exists()


def test_code_beside_a_text_tower_is_never_run(tmp_path, monkeypatch):
    theirs = users(tmp_path / "theirs")
    tower = theirs / "text_tower"
    tower.mkdir()
    (tower / "evil.py").write_text(CODE.format(str(tmp_path / "ran")))
    wanted = {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}
    (tower / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": wanted}))
    edit(theirs, lambda m: m["text_cfg"].update(hf_model_name="text_tower"))
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked at the terminal"))
    with pytest.raises(InputError, match="open_clip cannot load this model"):
        fetch_model(row(theirs), tmp_path / "mine", tmp_path / "record")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("tower", "settings", "message"),
    [
        ("text_cfg", {"hf_model_name": "../elsewhere"}, "points outside the model folder"),
        ("text_cfg", {"hf_model_name": "/etc"}, "points outside the model folder"),
        ("vision_cfg", {"timm_model_name": "local-dir:../x"}, "points outside the model folder"),
        ("vision_cfg", {"timm_model_name": "hf-hub:a/b"}, "points outside the model folder"),
        ("vision_cfg", {"timm_model_name": "../x"}, "points outside the model folder"),
    ],
)
def test_a_configuration_does_not_lead_outside(tmp_path, tower, settings, message):
    theirs = users(tmp_path / "theirs")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "config.json").write_text('{"model_type": "roberta"}')
    edit(theirs, lambda model: model[tower].update(settings))
    with pytest.raises(InputError, match=message):
        fetch_model(row(theirs), tmp_path / "mine", tmp_path / "record")
