import json
from pathlib import Path

import pytest
from helpers.tiny_models import save_tiny_clip
from helpers.tiny_repositories import (
    CONFIG,
    WEIGHTS,
    register,
    row,
)

from modgap.errors import InputError
from modgap.formats.files import sha256
from modgap.models.fetch import fetch_model


def test_the_first_download_is_recorded_and_asked_for_again(hub, tmp_path):
    model, record = row(hub_repository="tiny/clip"), tmp_path / "tiny.json"
    first = fetch_model(model, tmp_path / "tiny", record)
    seen = json.loads(record.read_text())
    assert seen["sha256"] == sha256(hub.folders["tiny/clip"] / WEIGHTS)
    before = len(hub.requests)
    assert fetch_model(model, tmp_path / "again", record) == first
    assert hub.requests[before][1].endswith(f"/revision/{seen['commit']}")
    assert json.loads(record.read_text()) == seen


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
