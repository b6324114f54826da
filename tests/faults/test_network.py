"""A network that is gone, slow, or answers with something else."""

import hashlib
import http.client
import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest
from helpers.file_server import serve_files
from helpers.local_server import running

from modgap.downloads import http as downloader
from modgap.downloads import retry
from modgap.downloads.http import Remote, fetch, problem

CONTENT = hashlib.shake_128(b"model").digest(60_000)
SUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(retry, "_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(downloader, "_CHUNK", 8_000)


def refused(remote, target, **options):
    """What a user is told of a download that does not come."""
    with pytest.raises((OSError, http.client.HTTPException)) as caught:
        fetch(remote, target, **options)
    assert not target.exists()
    return problem(caught.value, remote.address, "see the row")


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (500, 4)])
def test_an_error_of_the_server_is_told_and_the_next_run_succeeds(tmp_path, status, asked):
    target = tmp_path / "file"
    with serve_files({"file": CONTENT}) as files:
        remote = Remote(f"{files.address}/file", SUM)
        files.status = [status] * asked
        message = refused(remote, target)
        assert remote.address in message
        assert str(status) in message
        assert len(files.asked) == asked
        fetch(remote, target)
    assert target.read_bytes() == CONTENT


def test_a_page_in_place_of_the_file_is_never_kept(tmp_path):
    target = tmp_path / "file"
    with serve_files({"file": b"<html>sign in</html>"}) as files:
        remote = Remote(f"{files.address}/file", SUM)
        assert "there is another file now" in refused(remote, target)
        files.contents["file"] = CONTENT
        fetch(remote, target)
    assert target.read_bytes() == CONTENT


def test_no_network_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    message = refused(Remote(f"http://127.0.0.1:{port}/file", SUM), tmp_path / "file")
    assert "Check the network; the next run goes on where this one stopped" in message


def test_a_server_that_says_nothing_is_given_up(tmp_path):
    class Silent(BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(60)

        def log_message(self, *args):
            pass

    began = time.monotonic()
    with running(Silent) as address:
        message = refused(
            Remote(f"{address}/file", SUM), tmp_path / "file", attempts=1, answer_within=0.3
        )
    # Before the server would have spoken, which a slow machine does not change.
    assert time.monotonic() - began < 60
    assert "Check the network" in message


@pytest.mark.parametrize("same", [True, False])
def test_a_download_cut_is_gone_on_with_but_never_with_another_file(tmp_path, same):
    target = tmp_path / "file"
    with serve_files({"file": CONTENT if same else CONTENT[::-1]}) as files:
        remote = Remote(f"{files.address}/file", SUM)
        files.cuts = [24_000]
        refused(remote, target, attempts=1)
        files.contents["file"], files.asked = CONTENT, []
        fetch(remote, target)
        assert files.asked[0] == ("file", "bytes=24000-")
        assert len(files.asked) == (1 if same else 2)
    assert target.read_bytes() == CONTENT
