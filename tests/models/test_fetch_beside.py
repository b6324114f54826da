import json
from pathlib import Path

import open_clip
import pytest
from helpers.tiny_repositories import (
    CONFIG,
    WEIGHTS,
    register,
    row,
)

from modgap.errors import InputError
from modgap.models.fetch import fetch_model


def test_another_preprocessing_than_the_rows_is_said_before_the_weights_come(hub, tmp_path):
    model = row(hub_repository="tiny/siglip", preprocessing="28-bicubic-shortest")
    with pytest.raises(InputError, match="write 28-bicubic-squash in the column preprocessing of"):
        fetch_model(model, tmp_path / "tiny", tmp_path / "tiny.json")
    assert not hub.ranges(WEIGHTS)
    assert not (tmp_path / "tiny").exists()
    fetch_model(row(hub_repository="tiny/siglip"), tmp_path / "tiny", tmp_path / "tiny.json")


def test_preprocessing_comes_with_the_folder(hub, tmp_path):
    fetch_model(row(hub_repository="tiny/siglip"), tmp_path / "tiny", tmp_path / "tiny.json")
    model = open_clip.create_model(f"local-dir:{tmp_path / 'tiny'}")
    found = model.visual.preprocess_cfg
    assert (tuple(found["mean"]), found["resize_mode"]) == ((0.5, 0.5, 0.5), "squash")


@pytest.mark.parametrize(("tag", "quick_gelu"), [("openai", True), ("webdata", False)])
def test_openai_weights_mean_quick_gelu_whatever_the_name(
    hub, tmp_path, monkeypatch, tag, quick_gelu
):
    register(monkeypatch, tmp_path, "tiny-ViT", tag, hf_hub="tiny/clip/", quick_gelu=True)
    model = row(kind="open_clip", architecture="tiny-ViT", pretrained=tag)
    fetch_model(model, tmp_path / "tiny", tmp_path / "tiny.json")
    loaded = open_clip.create_model(f"local-dir:{tmp_path / 'tiny'}")
    kinds = {type(module).__name__ for module in loaded.modules()}
    assert ("QuickGELU" in kinds, "GELU" in kinds) == (quick_gelu, not quick_gelu)
    assert tuple(loaded.visual.preprocess_cfg["mean"]) == open_clip.OPENAI_DATASET_MEAN


def loads_with(folder: Path) -> set[str]:
    model = open_clip.create_model(f"local-dir:{folder}")
    return {type(module).__name__ for module in model.modules()} & {"QuickGELU", "GELU"}


def test_weights_of_another_activation_than_the_name_s_are_said_each_time(
    hub, tmp_path, monkeypatch, caplog
):
    register(monkeypatch, tmp_path, "tiny-ViT", "webdata", hf_hub="tiny/clip/", quick_gelu=True)
    model = row(kind="open_clip", architecture="tiny-ViT", pretrained="webdata")
    expected = (
        "model 'tiny': open_clip's table for the tag 'webdata' says that the weights were trained "
        "with QuickGELU, but the architecture's name says GELU, which is what is loaded"
    )
    for _ in range(2):
        caplog.clear()
        facts = fetch_model(model, tmp_path / "tiny", tmp_path / "tiny.json")
        assert expected in caplog.messages
        assert facts["activation"] == "GELU"
        assert facts == json.loads((tmp_path / "tiny" / "modgap.json").read_text())
        assert len(facts["differs"]) == 1
    assert loads_with(tmp_path / "tiny") == {"GELU"}


def test_what_lies_beside_the_weights_is_held_against_the_row(hub, tmp_path, monkeypatch, caplog):
    """A repository of QuickGELU weights and other colours, under a plain architecture's name."""
    register(monkeypatch, tmp_path, "tiny-ViT", "webdata", hf_hub="tiny/clip/")
    path = hub.folders["tiny/clip"] / CONFIG
    config = json.loads(path.read_text())
    config["model_cfg"]["quick_gelu"] = True
    config["preprocess_cfg"] = {"mean": [0.5, 0.5, 0.5], "interpolation": "bilinear"}
    path.write_text(json.dumps(config))
    model = row(kind="open_clip", architecture="tiny-ViT", pretrained="webdata")
    facts = fetch_model(model, tmp_path / "tiny", tmp_path / "tiny.json")
    assert len(facts["differs"]) == 3
    assert all(said.startswith(f"tiny/clip/{CONFIG} says ") for said in facts["differs"])
    assert "interpolation bilinear, but bicubic is used" in caplog.text
    # As a row of kind hub the repository's own configuration is what is loaded.
    own = row(hub_repository="tiny/clip", preprocessing="28-bilinear-shortest")
    facts = fetch_model(own, tmp_path / "own", tmp_path / "own.json")
    assert (facts["activation"], facts["differs"]) == ("QuickGELU", [])
    assert loads_with(tmp_path / "own") == {"QuickGELU"}


def test_code_beside_a_tokenizer_is_not_even_fetched(hub, tmp_path):
    (hub.folders["tiny/siglip"] / "tokenizer_evil.py").write_text("raise SystemExit")
    fetch_model(row(hub_repository="tiny/siglip"), tmp_path / "tiny", tmp_path / "tiny.json")
    assert not list(tmp_path.glob("tiny/*.py"))
    assert not [path for _, path, _ in hub.requests if path.endswith(".py")]


def test_the_row_may_name_another_repository_than_open_clip(hub, tmp_path, monkeypatch):
    register(monkeypatch, tmp_path, "tiny-ViT", "webdata", hf_hub="tiny/none/")
    model = row(kind="open_clip", architecture="tiny-ViT", pretrained="webdata")
    with pytest.raises(InputError, match="tiny/none: no such repository"):
        fetch_model(model, tmp_path / "tiny", tmp_path / "tiny.json")
    model = row(
        kind="open_clip", architecture="tiny-ViT", pretrained="webdata", hub_repository="tiny/clip"
    )
    assert fetch_model(model, tmp_path / "tiny", tmp_path / "tiny.json")["embed_dim"] == 16
