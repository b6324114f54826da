import io
import json
import shutil
import socket
from pathlib import Path

import open_clip
import pytest
import torch
from helpers.hub_server import serve
from helpers.paper_models import PAPER_MODELS
from helpers.tiny_models import WORDS, save_tiny_clip, save_tiny_coca, save_tiny_siglip
from safetensors.torch import load_file, save_file
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

from modgap.downloads import retry
from modgap.downloads.hub import Snapshot
from modgap.errors import InputError
from modgap.formats.files import sha256
from modgap.formats.model_folder import load_model, load_tokenizer
from modgap.models.fetch import _config, _source, fetch_model
from modgap.study.models import ModelSource, read_models

WEIGHTS = "open_clip_model.safetensors"
PICKLE = "open_clip_pytorch_model.bin"
CONFIG = "open_clip_config.json"


SQUASHED = ("tiny/siglip", "tiny/roberta")


def row(**cells) -> ModelSource:
    squashed = cells.get("hub_repository") in SQUASHED
    fields = dict.fromkeys(ModelSource.__dataclass_fields__, "")
    fields |= {"model": "tiny", "kind": "hub"}
    fields["preprocessing"] = f"28-bicubic-{'squash' if squashed else 'shortest'}"
    return ModelSource(**{**fields, **cells})


def as_pickle(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / PICKLE)
    (folder / WEIGHTS).unlink()


def save_tiny_roberta(folder: Path) -> Path:
    """A CLIP whose text tower is a RoBERTa that transformers builds, with SigLIP's tiny words."""
    from transformers import AutoConfig, AutoModel, RobertaConfig

    save_tiny_siglip(folder)
    tower = RobertaConfig(
        vocab_size=20,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=20,
    )
    tower.save_pretrained(folder)
    assert isinstance(AutoModel.from_config(AutoConfig.from_pretrained(folder)), torch.nn.Module)
    config = json.loads((folder / CONFIG).read_text())
    config["model_cfg"].pop("init_logit_bias")
    config["model_cfg"]["text_cfg"] = {
        "hf_model_name": str(folder),
        "hf_tokenizer_name": "tiny/roberta",
        "hf_pooler_type": "mean_pooler",
        "hf_model_pretrained": False,
        "context_length": 12,
    }
    (folder / CONFIG).write_text(json.dumps(config))
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False, pretrained_text=False)
    save_file(model.state_dict(), folder / WEIGHTS)
    config["model_cfg"]["text_cfg"]["hf_model_name"] = "tiny/roberta"
    (folder / CONFIG).write_text(json.dumps(config))
    return folder


def save_tiny_clipa(folder: Path) -> Path:
    """A CLIP with the tokenizer of another repository, as CLIPA has BERT's."""
    save_tiny_clip(folder, context_length=12)
    config = json.loads((folder / CONFIG).read_text())
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "tiny/bert"
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"strip_sep_token": True}
    (folder / CONFIG).write_text(json.dumps(config))
    return folder


def save_tiny_bert(folder: Path) -> Path:
    """A tokenizer as BERT's repository has it: only config.json tells which kind it is."""
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}))
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    return folder


SENTENCES = ["a photo of a dog", "a red cat", "the blue object of zero", "an image of the dog"]
# kind → file of the model, file that says the kind, its content, ids of special tokens
SENTENCE_PIECE = {
    "t5": (
        "spiece.model",
        "tokenizer_config.json",
        {"tokenizer_class": "T5Tokenizer", "extra_ids": 0},
        {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
    ),
    "xlm-roberta": (
        "sentencepiece.bpe.model",
        "config.json",
        {"model_type": "xlm-roberta"},
        {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1},
    ),
}


def save_sentence_piece(folder: Path, kind: str) -> Path:
    """A tokenizer as old repositories have it: a SentencePiece model, and no tokenizer.json."""
    model, says_kind, content, special = SENTENCE_PIECE[kind]
    folder.mkdir()
    trained = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 5),
        model_writer=trained,
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
        **special,
    )
    (folder / model).write_bytes(trained.getvalue())
    (folder / says_kind).write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    base = tmp_path_factory.mktemp("repositories")
    made = {
        "tiny/clip": save_tiny_clip(base / "clip"),
        "tiny/siglip": save_tiny_siglip(base / "siglip"),
        "tiny/coca": save_tiny_coca(base / "coca"),
        "tiny/roberta": save_tiny_roberta(base / "roberta"),
        "tiny/clipa": save_tiny_clipa(base / "clipa"),
    }
    config = json.loads((made["tiny/siglip"] / CONFIG).read_text())
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "tiny/siglip"
    (made["tiny/siglip"] / CONFIG).write_text(json.dumps(config))
    as_pickle(made["tiny/coca"])
    for folder in made.values():
        (folder / "modgap.json").unlink()
    return {**made, "tiny/bert": save_tiny_bert(base / "bert")}


@pytest.fixture
def hub(folders, tmp_path, monkeypatch):
    """The repositories as copies that a test may change."""
    copies = {
        name: Path(shutil.copytree(folder, tmp_path / "served" / name))
        for name, folder in folders.items()
    }
    monkeypatch.setattr(retry, "_WAIT_SECONDS", 0.0)
    with serve(copies) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


@pytest.fixture
def no_network(monkeypatch):
    asked = []

    def refuse(self, address):
        asked.append(address)
        raise OSError("no network here")

    def cut():
        monkeypatch.setattr(socket.socket, "connect", refuse)

    yield cut
    assert asked == []


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


def register(monkeypatch, tmp_path, architecture, tag, **entries):
    """Teach open_clip an architecture like the tiny CLIP's, and a tag of it."""
    from open_clip import factory, pretrained

    config = json.loads((save_tiny_clip(tmp_path / "architecture") / CONFIG).read_text())
    monkeypatch.setitem(factory._MODEL_CONFIGS, architecture, config["model_cfg"])
    monkeypatch.setitem(pretrained._PRETRAINED, architecture, {tag: pretrained._pcfg(**entries)})
    shutil.rmtree(tmp_path / "architecture")


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


def test_the_first_download_is_recorded_and_asked_for_again(hub, tmp_path):
    model, record = row(hub_repository="tiny/clip"), tmp_path / "tiny.json"
    first = fetch_model(model, tmp_path / "tiny", record)
    seen = json.loads(record.read_text())
    assert seen["sha256"] == sha256(hub.folders["tiny/clip"] / WEIGHTS)
    before = len(hub.requests)
    assert fetch_model(model, tmp_path / "again", record) == first
    assert hub.requests[before][1].endswith(f"/revision/{seen['commit']}")
    assert json.loads(record.read_text()) == seen


@pytest.fixture
def fetched(hub, tmp_path):
    """A model folder and its record; modgap.json is gone, as Snakemake removes it before a job."""
    folder, record = tmp_path / "tiny", tmp_path / "tiny.json"
    fetch_model(row(hub_repository="tiny/clip"), folder, record)
    facts = (folder / "modgap.json").read_bytes()
    (folder / "modgap.json").unlink()
    hub.requests.clear()
    return folder, record, facts


@pytest.mark.parametrize("cells", [(), ("revision",), ("sha256",), ("revision", "sha256")])
def test_nothing_is_downloaded_where_the_row_means_what_is_there(hub, fetched, cells):
    folder, record, facts = fetched
    seen, weights = record.read_bytes(), (folder / WEIGHTS).stat()
    known = {"revision": hub.commit("tiny/clip"), "sha256": json.loads(seen)["sha256"]}
    meant = row(hub_repository="tiny/clip", **{name: known[name] for name in cells})
    assert fetch_model(meant, folder, record) == json.loads(facts)
    assert hub.requests == []
    assert (folder / "modgap.json").read_bytes() == facts
    assert record.read_bytes() == seen
    assert (folder / WEIGHTS).stat() == weights


def test_a_branch_is_looked_up_but_not_downloaded(hub, fetched):
    folder, record, facts = fetched
    fetch_model(row(hub_repository="tiny/clip", revision="main"), folder, record)
    assert (folder / "modgap.json").read_bytes() == facts
    assert [path for _, path, _ in hub.requests] == ["/api/models/tiny/clip/revision/main"]


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"{}")])
def test_a_folder_that_is_not_as_recorded_is_downloaded_anew(hub, fetched, name, damage):
    folder, record, facts = fetched
    whole = (folder / name).read_bytes()
    damage(folder / name)
    fetch_model(row(hub_repository="tiny/clip"), folder, record)
    assert hub.ranges(WEIGHTS)
    assert (folder / name).read_bytes() == whole
    assert (folder / "modgap.json").read_bytes() == facts


def test_a_row_that_means_something_else_is_downloaded_anew(hub, fetched, monkeypatch, tmp_path):
    folder, record, _ = fetched
    with pytest.raises(InputError, match=r"models\.tsv says 0000"):
        fetch_model(row(hub_repository="tiny/clip", sha256="0" * 64), folder, record)
    other = row(hub_repository="tiny/clip", preprocessing="28-bicubic-squash")
    with pytest.raises(InputError, match="write 28-bicubic-shortest in the column"):
        fetch_model(other, folder, record)
    # The same weights under another architecture, which makes another configuration of them.
    register(monkeypatch, tmp_path, "tiny-ViT", "openai", hf_hub="tiny/clip/", quick_gelu=True)
    hub.requests.clear()
    quick = row(kind="open_clip", architecture="tiny-ViT", pretrained="openai")
    fetch_model(quick, folder, record)
    assert hub.ranges(WEIGHTS)
    assert json.loads((folder / CONFIG).read_text())["model_cfg"]["quick_gelu"] is True
    hub.requests.clear()
    fetch_model(quick, folder, record)
    assert hub.requests == []


def test_another_commit_with_the_same_weights_is_downloaded_and_stays(hub, fetched):
    folder, record, _ = fetched
    first = json.loads(record.read_text())["commit"]
    (hub.folders["tiny/clip"] / "README.md").write_text("Something new\n")
    moved = row(hub_repository="tiny/clip", revision=hub.commit("tiny/clip"))
    facts = fetch_model(moved, folder, record)
    assert facts["source"]["commit"] == moved.revision != first
    assert json.loads(record.read_text())["commit"] == first
    hub.requests.clear()
    assert fetch_model(moved, folder, record) == facts
    assert hub.requests == []


def test_a_record_without_the_folder_s_files_is_no_reason_to_trust_it(hub, fetched):
    folder, record, facts = fetched
    short = {key: json.loads(record.read_text())[key] for key in ("repository", "commit", "file")}
    short["sha256"] = sha256(hub.folders["tiny/clip"] / WEIGHTS)
    record.write_text(json.dumps(short))
    fetch_model(row(hub_repository="tiny/clip"), folder, record)
    assert hub.ranges(WEIGHTS)
    assert (folder / "modgap.json").read_bytes() == facts


def test_other_weights_under_a_recorded_name_are_refused(hub, tmp_path):
    model, record = row(hub_repository="tiny/clip"), tmp_path / "tiny.json"
    fetch_model(model, tmp_path / "tiny", record)
    save_tiny_clip(hub.folders["tiny/clip"], seed=1)
    with pytest.raises(InputError, match=r"tiny/clip: the commit of the first.*delete the record"):
        fetch_model(model, tmp_path / "again", record)
    moved = row(hub_repository="tiny/clip", revision="main")
    with pytest.raises(InputError, match=f"tiny/clip/{WEIGHTS}.*first download recorded.*delete"):
        fetch_model(moved, tmp_path / "again", record)
    assert not (tmp_path / "again").exists()
    record.unlink()
    fetch_model(moved, tmp_path / "again", record)


def test_a_declared_checksum_must_agree(hub, tmp_path):
    declared = sha256(hub.folders["tiny/clip"] / WEIGHTS)
    fetch_model(row(hub_repository="tiny/clip", sha256=declared), tmp_path / "a", tmp_path / "a.js")
    with pytest.raises(InputError, match=f"tiny/clip/{WEIGHTS}.*models.tsv says 0000.*revision"):
        fetch_model(
            row(hub_repository="tiny/clip", sha256="0" * 64), tmp_path / "b", tmp_path / "b.js"
        )
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "b.js").exists()


def test_another_repository_than_recorded_is_refused(hub, tmp_path):
    record = tmp_path / "tiny.json"
    fetch_model(row(hub_repository="tiny/clip"), tmp_path / "tiny", record)
    with pytest.raises(InputError, match=r"tiny/coca.*first download was from tiny/clip"):
        fetch_model(row(hub_repository="tiny/coca"), tmp_path / "again", record)
    record.write_text("{")
    with pytest.raises(InputError, match=r"tiny.json: no record of a download"):
        fetch_model(row(hub_repository="tiny/clip"), tmp_path / "again", record)


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


def test_what_stood_there_stays_when_a_download_fails(hub, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "mine").write_text("kept")
    hub.gated.add("tiny/clip")
    with pytest.raises(InputError, match=f"tiny/clip/{CONFIG}: access is refused"):
        fetch_model(row(hub_repository="tiny/clip"), tmp_path / "tiny", tmp_path / "tiny.json")
    assert (tmp_path / "tiny" / "mine").read_text() == "kept"
    hub.gated.clear()
    fetch_model(row(hub_repository="tiny/clip"), tmp_path / "tiny", tmp_path / "tiny.json")
    assert not (tmp_path / "tiny" / "mine").exists()


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
