"""What modgap.json says of a folder of the user's own, and what is refused before it is written."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from helpers.tiny_data import save_array_manifest
from helpers.tiny_repositories import save_roberta_config
from helpers.users_folders import CONFIG, PICKLE, SQUASHED, WEIGHTS, edit, row, users
from safetensors.torch import load_file, save_file

from modgap.embed.encoder import check_model_folder
from modgap.embed.extract import embed_manifest
from modgap.errors import InputError
from modgap.formats.embeddings import read_embeddings
from modgap.formats.files import sha256
from modgap.formats.model_folder import load_model
from modgap.models.fetch import fetch_model


def record(folder: Path, tmp_path: Path, **cells: str) -> bytes:
    fetch_model(row(folder, **cells), tmp_path / "mine", tmp_path / "none.json")
    return (tmp_path / "mine" / "modgap.json").read_bytes()


def with_mean(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text())
    config["preprocess_cfg"]["mean"] = [0.4, 0.5, 0.6]
    (folder / CONFIG).write_text(json.dumps(config))


def with_other_words(folder: Path) -> None:
    text = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(text.replace('"dog"', '"cow"'))


def as_tower(folder: Path) -> None:
    """A text tower of transformers, with weights of its own."""
    save_roberta_config(folder / "text_tower")
    named = {"hf_tokenizer_name": "tiny-words", "hf_pooler_type": "mean_pooler"}
    tower = {**named, "hf_model_name": str(folder / "text_tower"), "context_length": 12}
    edit(folder, lambda model: (model.update(text_cfg=tower), model.pop("init_logit_bias")))
    made = open_clip.create_model(f"local-dir:{folder}", load_weights=False, pretrained_text=False)
    save_file(made.state_dict(), folder / WEIGHTS)
    edit(folder, lambda model: model["text_cfg"].update(hf_model_name="text_tower"))


def with_other_tower(folder: Path) -> None:
    path = folder / "text_tower" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hidden_act": "relu"}))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (with_mean, CONFIG),
        (with_other_words, "tokenizer.json"),
        (with_other_tower, "text_tower/config.json"),
    ],
)
def test_the_record_changes_with_every_file_that_is_read(tmp_path, change, name):
    """By its bytes alone Snakemake knows what was made of other files."""
    theirs = users(tmp_path / "theirs", "siglip")
    as_tower(theirs)
    before = record(theirs, tmp_path, **SQUASHED)
    assert record(theirs, tmp_path, **SQUASHED) == before
    change(theirs)
    after = record(theirs, tmp_path, **SQUASHED)
    old, new = (json.loads(facts)["files_sha256"] for facts in (before, after))
    assert list(new) == list(old)
    assert [key for key in new if new[key] != old[key]] == [name]
    assert new[name] == sha256(theirs / name)


def test_the_weights_recorded_are_those_that_are_loaded(tmp_path):
    theirs = users(tmp_path / "theirs")
    own = load_file(theirs / WEIGHTS)
    torch.save({name: value + 1 for name, value in own.items()}, theirs / PICKLE)
    taken = theirs / "open_clip_pytorch_model.safetensors"
    (theirs / WEIGHTS).rename(taken)
    facts = json.loads(record(theirs, tmp_path))
    assert facts["weights_sha256"] == sha256(taken)
    loaded = load_model(tmp_path / "mine").state_dict()
    assert all(torch.equal(loaded[name], own[name]) for name in own)


def test_tokens_without_an_embedding_are_refused(tmp_path):
    """Of 21 tokens, a model of 16 would fail at the first text with one of the last five."""
    theirs = users(tmp_path / "theirs", "siglip")
    content = json.loads((theirs / "tokenizer.json").read_text())
    content["model"]["vocab"] |= {f"word{number}": number for number in range(16, 21)}
    (theirs / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"largest token is 20, but vocab_size in .* is 16"):
        record(theirs, tmp_path, **SQUASHED)
    assert not (tmp_path / "mine").exists()


def test_nor_has_a_tower_of_transformers_more_than_it_says(tmp_path):
    theirs = users(tmp_path / "theirs", "siglip")
    as_tower(theirs)
    content = json.loads((theirs / "tokenizer.json").read_text())
    content["model"]["vocab"] |= {"word": 20}
    (theirs / "tokenizer.json").write_text(json.dumps(content))
    found = r"largest token is 20, but vocab_size in the model's text_tower/config\.json is 20"
    with pytest.raises(InputError, match=found):
        record(theirs, tmp_path, **SQUASHED)


def test_tokens_that_no_text_has_need_no_embedding(tmp_path):
    """As the hundred that T5's tokenizers have behind their words."""
    theirs = users(tmp_path / "theirs", "siglip")
    content = json.loads((theirs / "tokenizer.json").read_text())
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    content["added_tokens"].append({"id": 16, "content": "<extra_id_0>", "special": True, **flags})
    (theirs / "tokenizer.json").write_text(json.dumps(content))
    record(theirs, tmp_path, **SQUASHED)


def test_a_folder_with_a_byte_order_mark_is_embedded(tmp_path):
    theirs = users(tmp_path / "theirs")
    data, vectors = save_array_manifest(tmp_path / "data", n=3), []
    for mark in (b"", b"\xef\xbb\xbf"):
        (theirs / CONFIG).write_bytes(mark + (theirs / CONFIG).read_bytes())
        record(theirs, tmp_path)
        paths = tmp_path / f"{len(mark)}i.parquet", tmp_path / f"{len(mark)}t.parquet"
        embed_manifest(tmp_path / "mine", data, None, *paths, device="cpu")
        vectors.append([read_embeddings(path).vectors for path in paths])
    for plain, marked in zip(*vectors, strict=True):
        assert (plain == marked).all()


def test_a_pointer_of_git_lfs_in_the_place_of_a_tokenizer(tmp_path):
    theirs = users(tmp_path / "theirs", "siglip")
    (theirs / "tokenizer.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(InputError, match=r"tokenizer\.json: is a git-lfs pointer"):
        record(theirs, tmp_path, **SQUASHED)


def test_an_edit_after_the_record_is_refused_where_the_folder_is_read(tmp_path):
    folder = users(tmp_path / "own")
    record(folder, tmp_path)
    check_model_folder(tmp_path / "mine")
    with_mean(folder)
    with pytest.raises(InputError, match=r"open_clip_config\.json: was changed or removed since"):
        check_model_folder(tmp_path / "mine")
