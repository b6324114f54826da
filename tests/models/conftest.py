import json
import shutil
import socket
from pathlib import Path

import pytest
from helpers.hub_server import serve
from helpers.tiny_models import save_tiny_clip, save_tiny_coca, save_tiny_siglip
from helpers.tiny_repositories import (
    CONFIG,
    as_pickle,
    row,
    save_tiny_bert,
    save_tiny_clipa,
    save_tiny_roberta,
)

from modgap.downloads import retry
from modgap.models.fetch import fetch_model


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


@pytest.fixture
def fetched(hub, tmp_path):
    """A model folder and its record; modgap.json is gone, as Snakemake removes it before a job."""
    folder, record = tmp_path / "tiny", tmp_path / "tiny.json"
    fetch_model(row(hub_repository="tiny/clip"), folder, record)
    facts = (folder / "modgap.json").read_bytes()
    (folder / "modgap.json").unlink()
    hub.requests.clear()
    return folder, record, facts
