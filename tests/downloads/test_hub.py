import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.hub_server import serve
from huggingface_hub.errors import HfHubHTTPError

from modgap.downloads import http, retry
from modgap.downloads import hub as zoo_hub
from modgap.downloads.hub import download, resolve
from modgap.errors import InputError
from modgap.formats.files import sha256

WEIGHTS = "open_clip_model.safetensors"
real_sleep, real_time = time.sleep, time.monotonic
CONTENT = bytes(range(256)) * 1200


@pytest.fixture
def hub(tmp_path, monkeypatch):
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / WEIGHTS).write_bytes(CONTENT)
    (folder / "config.json").write_text("{}")
    monkeypatch.setattr(retry, "_WAIT_SECONDS", 0.0)
    # What a cut leaves is whole pieces.
    monkeypatch.setattr(http, "_CHUNK", 50_000)
    with serve({"tiny/clip": folder}) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


def test_a_snapshot_names_commit_and_files(hub):
    found = resolve("tiny/clip")
    assert found.commit == hub.commit("tiny/clip")
    assert found.files == ("config.json", WEIGHTS)
    assert resolve("tiny/clip", found.commit) == found


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_a_file_arrives_whole_and_is_not_asked_for_twice(hub, tmp_path, name):
    path = download(resolve("tiny/clip"), name, tmp_path / "parts")
    assert path.read_bytes() == (hub.folders["tiny/clip"] / name).read_bytes()
    before = len(hub.requests)
    assert download(resolve("tiny/clip"), name, tmp_path / "parts") == path
    assert [method for method, *_ in hub.requests[before:]] == ["GET"]  # the commit alone
    assert list(path.parent.iterdir()) == [path]


def test_a_cut_connection_goes_on_where_it_stood(hub, tmp_path):
    hub.cut_after[WEIGHTS] = [100_000, 50_000]
    path = download(resolve("tiny/clip"), WEIGHTS, tmp_path)
    assert path.read_bytes() == CONTENT
    assert hub.ranges(f"large/tiny/clip/{WEIGHTS}") == ["", "bytes=100000-", "bytes=150000-"]


def test_the_next_run_goes_on_where_a_failed_one_stood(hub, tmp_path):
    hub.cut_after[WEIGHTS] = [200_000]
    hub.refused_after_cut.add(WEIGHTS)
    with pytest.raises(InputError, match=f"tiny/clip/{WEIGHTS}.*in 4 tries.*goes on where this"):
        download(resolve("tiny/clip"), WEIGHTS, tmp_path)
    (part,) = tmp_path.rglob("*.part")
    assert part.read_bytes() == CONTENT[:200_000]
    hub.requests, hub.refused = [], set()
    hub.refused_after_cut.clear()
    assert download(resolve("tiny/clip"), WEIGHTS, tmp_path).read_bytes() == CONTENT
    assert hub.ranges("/large/") == ["bytes=200000-"]
    assert not list(tmp_path.rglob("*.part"))


_CHILD = """
import sys
from modgap.downloads import http
http._CHUNK = 50_000
from modgap.downloads.hub import download, resolve
download(resolve("tiny/clip"), sys.argv[1], sys.argv[2])
"""


def test_a_killed_download_is_gone_on_with(hub, tmp_path):
    hub.stall_after[WEIGHTS] = 200_000
    command = [sys.executable, "-c", _CHILD, WEIGHTS, str(tmp_path / "parts")]
    package = Path(zoo_hub.__file__).parents[2]
    environment = {"PYTHONPATH": str(package), "HF_ENDPOINT": hub.address, "PATH": ""}
    child = subprocess.Popen(command, env=environment)
    try:
        until = real_time() + 60
        while not any(part.stat().st_size >= 150_000 for part in tmp_path.rglob("*.part")):
            assert child.poll() is None
            assert real_time() < until
            real_sleep(0.05)
    finally:
        child.kill()
        child.wait()
    hub.stall_after.clear()
    there = next(tmp_path.rglob("*.part")).stat().st_size
    assert download(resolve("tiny/clip"), WEIGHTS, tmp_path / "parts").read_bytes() == CONTENT
    assert hub.ranges("/large/") == ["", f"bytes={there}-"]


def test_a_part_longer_than_the_file_is_dropped(hub, tmp_path):
    hub.cut_after[WEIGHTS] = [50_000]
    hub.refused_after_cut.add(WEIGHTS)
    with pytest.raises(InputError):
        download(resolve("tiny/clip"), WEIGHTS, tmp_path)
    hub.refused_after_cut.clear()
    (part,) = tmp_path.rglob("*.part")
    part.write_bytes(b"x" * (len(CONTENT) + 1))
    hub.refused.clear()
    assert download(resolve("tiny/clip"), WEIGHTS, tmp_path).read_bytes() == CONTENT


def test_a_damaged_file_is_fetched_anew_and_never_kept(hub, tmp_path):
    hub.damaged.add(WEIGHTS)
    with pytest.raises(InputError, match=r"arrived damaged twice.*SHA-256") as caught:
        download(resolve("tiny/clip"), WEIGHTS, tmp_path)
    assert sha256(hub.folders["tiny/clip"] / WEIGHTS) in str(caught.value)
    assert not [path for path in tmp_path.glob("tiny--*/**/*") if path.is_file()]


@pytest.mark.parametrize(
    ("repository", "revision", "name", "message"),
    [
        ("tiny/none", None, WEIGHTS, "tiny/none: no such repository.*hub_repository.*HF_TOKEN"),
        ("tiny/clip", "v9", WEIGHTS, "tiny/clip: no revision v9.*column revision"),
        ("tiny/clip", None, "absent.bin", "tiny/clip/absent.bin: no such file at revision"),
        ("not a name", None, WEIGHTS, "not a name"),
    ],
)
def test_what_is_not_there_is_named_at_once(hub, tmp_path, repository, revision, name, message):
    with pytest.raises(InputError, match=message):
        download(resolve(repository, revision), name, tmp_path)
    assert len(hub.requests) <= 2  # no tries again


def test_a_gated_repository_says_how_to_get_in(hub, tmp_path):
    hub.gated.add("tiny/clip")
    with pytest.raises(InputError, match=f"tiny/clip/{WEIGHTS}: access is refused.*hf auth login"):
        download(resolve("tiny/clip"), WEIGHTS, tmp_path)


def test_a_token_that_is_refused_is_said_at_once(hub, monkeypatch):
    """The hub answers so to an expired token, also where none is needed."""
    answer = SimpleNamespace(status_code=401, headers={}, request=None)

    def refuse(*_, **__):
        raise HfHubHTTPError("Invalid credentials in Authorization header", response=answer)

    monkeypatch.setattr(zoo_hub.HfApi, "model_info", refuse)
    with pytest.raises(InputError, match=r"tiny/clip: .* refuses your token.* unset HF_TOKEN"):
        resolve("tiny/clip")


def test_no_network_is_tried_again_and_named(hub, monkeypatch, caplog):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(InputError, match=r"no download from http://127\.0\.0\.1:9 in 4 tries"):
        resolve("tiny/clip")
    assert caplog.text.count("trying again") == 3


def test_a_hub_switched_off_is_said_at_once(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="tiny/clip: HF_HUB_OFFLINE is set; unset it"):
        resolve("tiny/clip")


def test_a_full_disk_is_said_at_once(hub, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(http, "_receive", full)
    with pytest.raises(InputError, match=f"{WEIGHTS}: no space left on the disk"):
        download(resolve("tiny/clip"), WEIGHTS, tmp_path)
    assert len(hub.requests) == 2


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "a/../../outside"])
def test_a_file_name_that_points_outside_is_refused(hub, tmp_path, name):
    with pytest.raises(InputError, match=r"tiny/clip: its file .* points outside; refused"):
        download(resolve("tiny/clip"), name, tmp_path / "parts")
    assert len(hub.requests) == 1


def test_a_hub_over_plain_http_is_refused_unless_it_is_this_machine(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example")
    with pytest.raises(InputError, match=r"http://mirror\.example: refused: files come over https"):
        resolve("tiny/clip")


def test_the_token_goes_to_the_hub_alone(hub, tmp_path, monkeypatch):
    """The content lies on another host, which must not learn it."""
    monkeypatch.setenv("HF_TOKEN", "secret")
    seen = []
    real = http._receive
    monkeypatch.setattr(
        http, "_receive", lambda remote, *rest: (seen.append(remote), real(remote, *rest))
    )
    for name in (WEIGHTS, "config.json"):
        download(resolve("tiny/clip"), name, tmp_path)
    assert ["authorization" in remote.headers for remote in seen] == [False, True]
