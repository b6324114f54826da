import hashlib
from http.server import BaseHTTPRequestHandler

import pytest
from helpers.file_server import serve_files
from helpers.local_server import running

from modgap.downloads import http, retry
from modgap.downloads.http import Remote, check_address, fetch, fetch_bytes
from modgap.errors import InputError

CONTENT = hashlib.shake_128(b"content").digest(100_000)
SUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(retry, "_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(http, "_CHUNK", 10_000)
    with serve_files({"file": CONTENT}) as files:
        yield files


@pytest.mark.parametrize(
    ("address", "known_sum", "fine"),
    [
        ("https://elsewhere.example/x", "", True),
        ("http://elsewhere.example/x", "", False),
        ("http://elsewhere.example/x", SUM, True),
        ("http://127.0.0.1:80/x", "", True),
        ("http://127.0.0.1.elsewhere.example/x", "", False),
        ("http://127.0.0.1@elsewhere.example/x", "", False),
        ("ftp://elsewhere.example/x", SUM, False),
        ("file:///etc/hostname", "", True),
        ("file://elsewhere.example/x", "", False),
        ("data:text/plain,x", SUM, False),
        ("elsewhere.example/x", SUM, False),
    ],
)
def test_only_https_or_a_checksum(address, known_sum, fine):
    if fine:
        check_address(address, known_sum)
    else:
        with pytest.raises(InputError, match="refused: files come over https"):
            check_address(address, known_sum)


@pytest.mark.parametrize("place", ["http://elsewhere.example/x", "file:///etc/hostname"])
def test_a_redirection_to_what_may_not_be_asked_for_is_refused(tmp_path, place):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", place)
            self.end_headers()

        def log_message(self, *args):
            pass

    with (
        running(Handler) as address,
        pytest.raises((InputError, OSError), match=r"refused|not allowed"),
    ):
        fetch(Remote(f"{address}/x"), tmp_path / "x", attempts=1)
    assert not (tmp_path / "x").exists()


def test_a_file_without_checksum_is_never_gone_on_with(server, tmp_path):
    """Nothing tells whether the part is of the same content."""
    server.cuts = [30_000]
    fetch(Remote(f"{server.address}/file"), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == ["", ""]


def test_a_part_of_another_file_is_thrown_away_and_the_right_one_taken(server, tmp_path):
    remote = Remote(f"{server.address}/file", SUM)
    server.cuts = [50_000]
    server.status = []
    other = CONTENT[::-1]
    server.contents["file"] = other
    with pytest.raises(OSError, match=r"SHA-256 is|cut"):
        fetch(remote, tmp_path / "file", attempts=1)
    server.contents["file"], server.asked = CONTENT, []
    fetch(remote, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == ["bytes=50000-", ""]


def test_a_page_of_a_portal_is_not_taken_for_the_file(server, tmp_path):
    server.contents["file"] = b"<html>Log in first</html>"
    with pytest.raises(http.WrongSumError, match=f"expected {SUM.partition(':')[2]}"):
        fetch(Remote(f"{server.address}/file", SUM), tmp_path / "file")
    assert len(server.asked) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", [403, 404, 500])
def test_small_files_are_asked_for_once(server, code):
    server.status = [code]
    with pytest.raises(InputError, match=f"/file: HTTP Error {code}"):
        fetch_bytes(f"{server.address}/file", answer_within=4)
    assert len(server.asked) == 1
    assert fetch_bytes(f"{server.address}/file", answer_within=4) == CONTENT
