"""The one downloader: a file from a web address, gone on with where a cut left it.

Only https, or http where a checksum is known beforehand, or this machine itself; a redirection is
held to the same. What arrives is complete and has its checksum, or is not there.
"""

import hashlib
import http.client
import logging
import os
import re
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from modgap.downloads.retry import ATTEMPTS, FinalError, in_one_line, may_pass, patiently
from modgap.errors import InputError
from modgap.formats.files import full_disk_named
from modgap.runtime.progress import Progress

_log = logging.getLogger(__name__)
_READ_SECONDS = 60.0
_CHUNK = 1 << 20
# A wrong checksum twice in a row is no accident of the line.
_WRONG_AT_MOST = 2
_HERE = ("127.0.0.1", "localhost", "::1")
_NAMES = {"md5": "MD5", "sha256": "SHA-256"}


@dataclass(frozen=True)
class Remote:
    """A file on a server.

    `checksum` is "md5:…" or "sha256:…", "" if none is known; MD5 finds damage, not an attacker.
    `version`: what tells this content from another at the same address (an ETag), for parts of
    files without a checksum; "" if nothing does. `headers` go to this server and no other.
    """

    address: str
    checksum: str = ""
    version: str = ""
    size: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class WrongSumError(FinalError):
    """Whole files arrived, and each had another checksum than it should."""


def fetch(
    remote: Remote | Callable[[], Remote],
    target: str | os.PathLike,
    *,
    attempts: int = ATTEMPTS,
    answer_within: float = _READ_SECONDS,
    errors: tuple[type[Exception], ...] = (OSError, http.client.HTTPException),
) -> Path:
    """Download one file to `target`, whole or not at all.

    What a broken download left beside `target` is gone on with, unless nothing tells that it is a
    part of the same content. A file with a wrong checksum is thrown away and fetched once more.

    Parameters
    ----------
    remote : Remote or callable
        The file; a callable is asked anew for each try (addresses that expire).
    target : path
        Where the file will stand. The folder is made.
    attempts : int
        Tries in a row that bring nothing, at most.
    answer_within : float
        Seconds until the server must have answered, the look-up of its name included.
    errors : tuple of exception classes
        What another try may mend, as `patiently` has it.

    Returns
    -------
    Path
        `target`.

    Raises
    ------
    InputError
        For an address that is neither https nor guarded by a checksum, and for a full disk.
    OSError, HTTPException
        The last error of the network, for the caller to word; `problem` does so in general.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    locate = remote if callable(remote) else lambda: remote
    partial, wrong = target, 0

    def once() -> None:
        nonlocal partial, wrong
        source = locate()
        check_address(source.address, source.checksum)
        partial = _part(target, source)
        _receive(source, partial, answer_within)
        if source.checksum and (sum_ := checksum(partial, source.checksum)) != source.checksum:
            partial.unlink()
            wrong += 1
            final = wrong == min(_WRONG_AT_MOST, attempts)
            kind, _, expected = source.checksum.partition(":")
            raise (WrongSumError if final else ConnectionError)(
                f"its {_NAMES[kind]} is {sum_.partition(':')[2]}, expected {expected}"
            )
        partial.replace(target)

    with full_disk_named(target):
        patiently(
            once, str(target.name), errors=errors, arrived=lambda: _size(partial), attempts=attempts
        )
    return target


def fetch_bytes(address: str, *, answer_within: float) -> bytes:
    """The content of a small file at an https address, asked for once.

    Raises `InputError` naming the address.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "file"
        try:
            fetch(Remote(address), target, attempts=1, answer_within=answer_within)
        except InputError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise InputError(f"{address}: {in_one_line(error)}") from error
        return target.read_bytes()


def problem(error: Exception, address: str, advice: str) -> str:
    """What to tell about an error of `fetch`; `advice`: what to check if the address is wrong."""
    if isinstance(error, WrongSumError):
        return (
            f"{address}: {in_one_line(error)}. It was damaged on its way, or there is another file "
            f"now: run again, or {advice}"
        )
    if isinstance(error, HTTPError) and not may_pass(error):
        return f"{address}: the server answers {error.code} {error.reason}. To mend it, {advice}"
    return (
        f"{address}: no download in {ATTEMPTS} tries ({in_one_line(error)}). Check the network; "
        "the next run goes on where this one stopped"
    )


def check_address(address: str, known_sum: str = "") -> None:
    """Raise `InputError` unless an address may be read: https, or http under a checksum.

    A file (file:///…) or a server of this machine needs neither.
    """
    parts = urlsplit(address)
    here = parts.hostname in _HERE or (parts.scheme == "file" and not parts.netloc)
    if not (here or parts.scheme == "https" or (parts.scheme == "http" and known_sum)):
        raise InputError(
            f"{address}: refused: files come over https, or over http where a checksum of them is "
            "declared. Write an https address, or declare the checksum"
        )


def checksum(path: str | os.PathLike, like: str) -> str:
    """The checksum of a file, of the same kind and written as `like` is ("md5:…")."""
    kind = like.partition(":")[0]
    with Path(path).open("rb") as handle:
        made = hashlib.file_digest(handle, lambda: hashlib.new(kind, usedforsecurity=False))
    return f"{kind}:{made.hexdigest()}"


def _part(target: Path, remote: Remote) -> Path:
    """Where the part of exactly this content lies; an unknown content starts anew."""
    tag = re.sub(r"\W", "", remote.checksum.partition(":")[2] or remote.version)
    partial = target.with_name(f".{target.name}.{tag[:16]}.part")
    if not tag:
        partial.unlink(missing_ok=True)
    return partial


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _receive(remote: Remote, partial: Path, answer_within: float) -> None:
    """Ask for what is missing of the part; raises if less comes than was announced."""
    here = _size(partial)
    if remote.size is not None and here > remote.size:
        partial.unlink()
        here = 0
    request = urllib.request.Request(remote.address)
    for name, value in remote.headers.items():
        request.add_unredirected_header(name, value)
    if here:
        _log.info("%s: going on at %d bytes", remote.address, here)
        request.add_header("Range", f"bytes={here}-")
    try:
        response = _answer(request, remote.checksum, answer_within)
    except HTTPError as error:
        if error.code != 416:
            raise
        if error.headers.get("Content-Range") == f"bytes */{here}":
            return  # the part is whole
        partial.unlink(missing_ok=True)
        raise ConnectionError("the server has less than the part that is here") from error
    with response, partial.open("ab") as file:
        start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or "")
        if not (response.status == 206 and start and int(start[1]) == here):
            file.truncate(0)  # a server that sends the whole file whatever it is asked for
        expected = getattr(response, "length", None)  # a file:///… has none
        progress = Progress(expected or 0, f"bytes of {Path(urlsplit(remote.address).path).name}")
        got = 0
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            got += len(chunk)
            if expected:
                progress.add(len(chunk))
    if expected is not None and got != expected:
        raise ConnectionError(f"the connection was cut after {got} of {expected} bytes")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows only to addresses that might have been asked for in the first place."""

    def __init__(self, known_sum: str):
        self.known_sum = known_sum

    def redirect_request(self, request, answer, code, reason, headers, address):
        check_address(address, self.known_sum)
        # A file of this machine is the user's to name, not a server's: urllib refuses that itself.
        return super().redirect_request(request, answer, code, reason, headers, address)


def _answer(
    request: urllib.request.Request, known_sum: str, answer_within: float
) -> http.client.HTTPResponse:
    """Open a request in a thread of its own: no socket time limit covers the look-up of names."""
    opener = urllib.request.build_opener(_Redirects(known_sum))
    outcome: list = []

    def ask() -> None:
        try:
            outcome.append(opener.open(request, timeout=_READ_SECONDS))
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(answer_within)
    if not outcome:
        raise TimeoutError(f"no answer within {answer_within:g} s")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]
