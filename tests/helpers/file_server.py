"""A small web server on 127.0.0.1 with the faults that a long download meets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from helpers.local_server import running


@dataclass
class Files:
    """What is served, name → content, and the faults, which a test may change while it runs.

    `cuts`: bytes after which the connection is closed, taken off in turn. `status`: answered
    instead of the file, taken off in turn. `ranges`: whether Range is heeded. `asked`: (name, Range
    header or "") of every request.
    """

    contents: dict[str, bytes]
    address: str = ""
    cuts: list[int] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def serve_files(contents: dict[str, bytes]) -> Iterator[Files]:
    files = Files(contents)
    handler = type("Handler", (_Handler,), {"files": files})
    with running(handler) as files.address:
        yield files


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: Files

    def do_GET(self) -> None:
        name, wanted = self.path.lstrip("/"), self.headers.get("Range", "")
        self.files.asked.append((name, wanted))
        if self.files.status:
            self._send(self.files.status.pop(0), b"", {})
        elif name not in self.files.contents:
            self._send(404, b"", {})
        else:
            self._content(self.files.contents[name], wanted if self.files.ranges else "")

    def _content(self, content: bytes, wanted: str) -> None:
        if not wanted:
            self._send(200, content, {})
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        place = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._send(206, content[start:], {"Content-Range": place})

    def _send(self, status: int, body: bytes, headers: dict) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = self.files.cuts.pop(0) if self.files.cuts and body else None
        self.wfile.write(body[:cut])
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass
