"""A small Hugging Face hub on 127.0.0.1: enough of its HTTP for huggingface_hub to download.

    with serve({"tiny/clip": folder}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)

Files ending in .safetensors and .bin are served as the hub serves its large files: the HEAD
answer names their SHA-256 and points elsewhere, and they can be asked for from an offset.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helpers.local_server import running

_LARGE = (".safetensors", ".bin")


@dataclass
class Hub:
    """The server's content and its faults, which a test may change while it runs.

    `cut_after`: file name → bytes after which the connection is closed, taken off in turn.
    `damaged`: names of files that arrive with their last byte changed, `refused` with status 503
    (`refused_after_cut`: from the first cut on).
    `stall_after`: file name → bytes after which nothing comes any more, the connection open.
    `gated`: repositories that answer 403. `requests`: (method, path, Range header or "").
    """

    folders: dict[str, Path]
    address: str = ""
    cut_after: dict[str, list[int]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    refused_after_cut: set[str] = field(default_factory=set)
    stall_after: dict[str, int] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    def commit(self, repository: str) -> str:
        """A commit hash that changes with the content, as a real one does."""
        files = sorted(path for path in self.folders[repository].rglob("*") if path.is_file())
        return hashlib.sha1(b"".join(path.read_bytes() for path in files)).hexdigest()

    def ranges(self, filename: str) -> list[str]:
        """The Range headers of all GET requests for a file."""
        return [r for method, path, r in self.requests if method == "GET" and filename in path]


@contextmanager
def serve(folders: dict[str, Path]) -> Iterator[Hub]:
    """Serve each folder as a repository, `OWNER/NAME` → folder, at one commit."""
    hub = Hub(folders)
    handler = type("Handler", (_Handler,), {"hub": hub})
    with running(handler) as hub.address:
        yield hub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        self.hub.requests.append((self.command, path, self.headers.get("Range", "")))
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[:2] == ["api", "models"]:
            self._info("/".join(parts[2:4]), parts[5] if len(parts) > 5 else "main")
        elif parts[0] == "large":
            self._content("/".join(parts[1:3]), "/".join(parts[3:]))
        elif len(parts) > 4 and parts[2] == "resolve":
            self._file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        else:
            self._refuse(404, "RepoNotFound")

    def _info(self, repository: str, revision: str) -> None:
        if not self._has(repository, revision):
            return
        folder = self.hub.folders[repository]
        names = [str(p.relative_to(folder)) for p in sorted(folder.rglob("*")) if p.is_file()]
        info = {
            "id": repository,
            "sha": self.hub.commit(repository),
            "siblings": [{"rfilename": name} for name in names],
        }
        self._send(200, json.dumps(info).encode(), {"Content-Type": "application/json"})

    def _file(self, repository: str, revision: str, name: str) -> None:
        if repository in self.hub.gated:
            self._refuse(403, "GatedRepo")
            return
        if not self._has(repository, revision):
            return
        path = self.hub.folders[repository] / name
        if not path.is_file():
            self._refuse(404, "EntryNotFound")
            return
        headers = {"X-Repo-Commit": self.hub.commit(repository)}
        if path.suffix not in _LARGE:
            headers["ETag"] = f'"{hashlib.sha1(path.read_bytes()).hexdigest()}"'
            self._send(200, path.read_bytes(), headers)
            return
        headers["X-Linked-ETag"] = f'"{hashlib.sha256(path.read_bytes()).hexdigest()}"'
        headers["X-Linked-Size"] = str(path.stat().st_size)
        # Another host, as the hub's content network is: huggingface_hub does not follow there.
        elsewhere = self.hub.address.replace("127.0.0.1", "localhost")
        headers["Location"] = f"{elsewhere}/large/{repository}/{name}"
        self._send(302, b"", headers)

    def _content(self, repository: str, name: str) -> None:
        if name in self.hub.refused:
            self._refuse(503, "")
            return
        content = (self.hub.folders[repository] / name).read_bytes()
        if name in self.hub.damaged:
            content = content[:-1] + bytes([content[-1] ^ 1])
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        cuts = self.hub.cut_after.get(name, [])
        if cuts and name in self.hub.refused_after_cut:
            self.hub.refused.add(name)
        self._send(206 if start else 200, content[start:], headers, cuts.pop(0) if cuts else None)

    def _has(self, repository: str, revision: str) -> bool:
        if repository not in self.hub.folders:
            self._refuse(404, "RepoNotFound")
        elif revision not in ("main", self.hub.commit(repository)):
            self._refuse(404, "RevisionNotFound")
        else:
            return True
        return False

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"", {"X-Error-Code": code} if code else {})

    def _send(self, status: int, body: bytes, headers: dict, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        stall = self.hub.stall_after.get(self.path.rsplit("/", 1)[-1])
        self.wfile.write(body[: stall if cut is None else cut])
        if stall is not None:
            self.wfile.flush()
            threading.Event().wait(60)
        if cut is not None:
            self.close_connection = True
