import json
from pathlib import Path

import open_clip
import pytest
import torch
from helpers.paper_models import PAPER_MODELS
from helpers.tiny_models import save_tiny_clip
from helpers.tiny_repositories import (
    CONFIG,
    PICKLE,
    SENTENCE_PIECE,
    SENTENCES,
    WEIGHTS,
    row,
    save_sentence_piece,
)
from safetensors.torch import load_file
from sentencepiece import SentencePieceProcessor

from modgap.downloads.hub import Snapshot
from modgap.errors import InputError
from modgap.formats.files import sha256
from modgap.formats.model_folder import load_model, load_tokenizer
from modgap.models.fetch import _config, _source, fetch_model
from modgap.study.models import read_models


@pytest.mark.parametrize(
    ("repository", "file", "tokens"),
    [
        ("tiny/clip", WEIGHTS, 77),
        ("tiny/siglip", WEIGHTS, 12),
        ("tiny/coca", PICKLE, 16),
        ("tiny/roberta", WEIGHTS, 12),
        ("tiny/clipa", WEIGHTS, 12),
    ],
)
def test_a_fetched_folder_is_the_model_and_needs_no_network(
    hub, tmp_path, no_network, repository, file, tokens
):
    served = hub.folders[repository]
    state = load_file(served / file) if file == WEIGHTS else torch.load(served / file)
    facts = fetch_model(row(hub_repository=repository), tmp_path / "tiny", tmp_path / "tiny.json")
    no_network()
    model = load_model(tmp_path / "tiny")
    loaded = model.state_dict()
    assert loaded.keys() == state.keys()
    assert all(torch.equal(loaded[name], state[name]) for name in state)
    text = load_tokenizer(tmp_path / "tiny")(["a photo of a dog", "a red cat"])
    assert text.shape == (2, tokens)
    assert model.encode_text(text).shape == (2, 16)
    assert len(torch.unique(text[0])) > len(torch.unique(text[1])) > 2
    assert facts == json.loads((tmp_path / "tiny" / "modgap.json").read_text())
    assert facts["weights_sha256"] == sha256(tmp_path / "tiny" / WEIGHTS)
    assert facts["parameters"] == sum(value.numel() for value in model.parameters())
    assert facts["logit_scale"] == pytest.approx(model.logit_scale.detach().exp().item())
    assert facts["source"]["commit"] == hub.commit(repository)
    assert {path.name for path in tmp_path.iterdir()} == {"served", "tiny", "tiny.json"}


@pytest.mark.parametrize("repository", ["tiny/clip", "tiny/siglip", "tiny/coca"])
def test_open_clip_alone_loads_a_folder_without_transformers_tower(hub, tmp_path, repository):
    fetch_model(row(hub_repository=repository), tmp_path / "tiny", tmp_path / "tiny.json")
    folder = f"local-dir:{tmp_path / 'tiny'}"
    theirs = open_clip.create_model(folder).state_dict()
    ours = load_model(tmp_path / "tiny").state_dict()
    assert all(torch.equal(theirs[name], ours[name]) for name in ours)
    texts = ["a photo of a dog"]
    assert torch.equal(
        open_clip.get_tokenizer(folder)(texts), load_tokenizer(tmp_path / "tiny")(texts)
    )


def test_a_moved_folder_loads_all_the_same(hub, tmp_path, no_network, monkeypatch):
    fetch_model(row(hub_repository="tiny/roberta"), tmp_path / "tiny", tmp_path / "tiny.json")
    text = load_tokenizer(tmp_path / "tiny")(["a photo of a dog"])
    before = load_model(tmp_path / "tiny").eval().encode_text(text)
    moved = (tmp_path / "tiny").rename(tmp_path / "elsewhere")
    no_network()
    assert str(tmp_path) not in (moved / CONFIG).read_text()
    assert torch.equal(load_model(moved).eval().encode_text(text), before)
    monkeypatch.chdir(moved)
    assert torch.equal(load_model(".").eval().encode_text(text), before)
    (moved / "text_tower" / "config.json").unlink()
    with pytest.raises(
        InputError, match=r"elsewhere: its text tower 'text_tower'.*no .*config\.js"
    ):
        load_model(moved)


def test_a_folder_without_weights_is_no_model(tmp_path):
    folder = save_tiny_clip(tmp_path / "tiny")
    (folder / WEIGHTS).unlink()
    with pytest.raises(InputError, match=r"tiny: open_clip cannot load this model \(.*weights"):
        load_model(folder)


def test_what_transformers_refuses_is_named(hub, tmp_path):
    fetch_model(row(hub_repository="tiny/roberta"), tmp_path / "tiny", tmp_path / "tiny.json")
    tower = tmp_path / "tiny" / "text_tower" / "config.json"
    tower.write_text('{"model_type": "no such kind"}')
    with pytest.raises(
        InputError, match=r"tiny: open_clip cannot load this model \(.*no such kind"
    ):
        load_model(tmp_path / "tiny")
    (tmp_path / "tiny" / "tokenizer.json").write_text("{}")
    with pytest.raises(
        InputError, match="tiny: transformers cannot load the tokenizer 'tiny/roberta'"
    ):
        load_tokenizer(tmp_path / "tiny")


@pytest.mark.parametrize("kind", list(SENTENCE_PIECE))
def test_a_tokenizer_that_is_a_sentence_piece_model_alone(hub, tmp_path, no_network, kind):
    served = save_sentence_piece(tmp_path / "served" / "tiny" / kind, kind)
    hub.folders[f"tiny/{kind}"] = served
    config = json.loads((hub.folders["tiny/clip"] / CONFIG).read_text())
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = f"tiny/{kind}"
    (hub.folders["tiny/clip"] / CONFIG).write_text(json.dumps(config))
    fetch_model(row(hub_repository="tiny/clip"), tmp_path / "tiny", tmp_path / "tiny.json")
    no_network()
    assert not (tmp_path / "tiny" / "tokenizer.json").exists()
    found = load_tokenizer(tmp_path / "tiny")(SENTENCES[:2]).tolist()
    pieces = SentencePieceProcessor(str(served / SENTENCE_PIECE[kind][0])).encode(SENTENCES[:2])
    for ids, expected in zip(found, pieces, strict=True):
        if kind == "t5":
            whole = [*expected, 1]
            assert ids == whole + [0] * (77 - len(whole))
        else:
            # XLM-RoBERTa moves every piece up by one and has <s> 0, <pad> 1, </s> 2, <unk> 3.
            whole = [0, *(number + 1 for number in expected), 2]
            assert ids == whole + [1] * (77 - len(whole))


class _Sneaky:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


def test_a_checkpoint_runs_no_code(hub, tmp_path):
    torch.save({"visual": _Sneaky(tmp_path / "ran")}, hub.folders["tiny/coca"] / PICKLE)
    with pytest.raises(InputError, match=f"tiny/coca/{PICKLE}: .*open_clip.*cannot load"):
        fetch_model(row(hub_repository="tiny/coca"), tmp_path / "tiny", tmp_path / "tiny.json")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "tiny").exists()


def test_a_tokenizer_that_does_not_load_is_named(hub, tmp_path):
    (hub.folders["tiny/bert"] / "config.json").unlink()
    with pytest.raises(InputError, match=r"tokenizer tiny/bert: .*transformers cannot load"):
        fetch_model(row(hub_repository="tiny/clipa"), tmp_path / "tiny", tmp_path / "tiny.json")


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        ((WEIGHTS,), "neither open_clip_model.safetensors nor open_clip_pytorch_model.bin"),
        ((CONFIG,), f"tiny/siglip/{CONFIG}: no such file"),
        (("tokenizer.json", "tokenizer_config.json"), "tiny/siglip at .*: no tokenizer files"),
    ],
)
def test_an_incomplete_repository_is_named(hub, tmp_path, removed, message):
    for name in removed:
        (hub.folders["tiny/siglip"] / name).unlink()
    with pytest.raises(InputError, match=message):
        fetch_model(row(hub_repository="tiny/siglip"), tmp_path / "tiny", tmp_path / "tiny.json")


def test_every_model_of_the_paper_has_its_own_repository_and_configuration():
    models = read_models(Path(__file__).parents[2] / "config" / "models.tsv")
    tags: dict[str, set[str]] = {}
    for name in PAPER_MODELS:
        model = models[name]
        repository, _ = _source(model)
        assert len(repository.split("/")) == 2
        tags.setdefault(repository, set()).add(model.pretrained)
        config = _config(model.source(), Snapshot(repository, "", ()), Path())
        assert set(config["preprocess_cfg"]) == {"mean", "std", "interpolation", "resize_mode"}
        quick_gelu = config["model_cfg"].pop("quick_gelu", False)
        built_in = open_clip.get_model_config(model.architecture)
        assert quick_gelu == (built_in.pop("quick_gelu", False) or model.pretrained == "openai")
        assert config["model_cfg"] == built_in
    # Two names of one architecture may share weights, two trainings never.
    assert [repository for repository, found in tags.items() if len(found) > 1] == []


def test_embeddings_have_nothing_to_download(tmp_path):
    with pytest.raises(InputError, match="kind embeddings has nothing to download"):
        fetch_model(row(kind="embeddings"), tmp_path / "tiny", tmp_path / "tiny.json")
