"""Files from the Hugging Face hub, or from a mirror named by HF_ENDPOINT.

huggingface_hub signs in, resolves revisions and says where a file lies and what its checksum is.
The file itself comes through this project's own downloader: huggingface_hub throws away a partial
file when its process ends, and here a download of 20 GB that was killed goes on where it stood.
Plain HTTP throughout, no xet.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from huggingface_hub import HfApi, constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers

from modgap.downloads import http
from modgap.downloads.retry import ATTEMPTS, in_one_line, patiently, status
from modgap.errors import InputError

_T = TypeVar("_T")
# What huggingface_hub and our downloader raise for a fault of the network.
_PASSING = (HTTPError, OSError, HTTPException)
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Snapshot:
    """A repository at one commit and the names of its files."""

    repository: str
    commit: str
    files: tuple[str, ...]


def endpoint() -> str:
    """Address of the hub: HF_ENDPOINT if it is set, else the public one."""
    # Read at each call: huggingface_hub itself reads it once, when it is imported.
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def resolve(repository: str, revision: str | None = None) -> Snapshot:
    """The commit that `revision` (a branch, tag or commit; None is main) stands for now.

    Raises `InputError` for a repository or revision that is not there or not readable.
    """

    def ask() -> Snapshot:
        info = HfApi(endpoint=endpoint()).model_info(repository, revision=revision, timeout=30)
        return Snapshot(repository, info.sha, tuple(file.rfilename for file in info.siblings or ()))

    _check_usable(repository)
    return _named(lambda: patiently(ask, repository, errors=_PASSING), repository, revision, None)


def download(snapshot: Snapshot, filename: str, folder: str | os.PathLike) -> Path:
    """Fetch one file into `folder`, going on with what an earlier try left there.

    Returns its path, FOLDER/OWNER--NAME@COMMIT/FILENAME. Files that the hub stores by SHA-256
    (all weights) are checked against it. Raises `InputError` naming repository and file.
    """
    place = f"{snapshot.repository.replace('/', '--')}@{snapshot.commit[:12]}"
    target = Path(folder) / place / filename
    if not target.resolve().is_relative_to((Path(folder) / place).resolve()):
        raise InputError(f"{snapshot.repository}: its file {filename!r} points outside; refused")
    if target.is_file():
        return target
    _check_usable(f"{snapshot.repository}/{filename}")
    address = endpoint()
    url = hf_hub_url(snapshot.repository, filename, revision=snapshot.commit, endpoint=address)
    return _named(
        # Asked anew for each try: the address of a large file is good for minutes only.
        lambda: http.fetch(lambda: _remote(url, address), target, errors=_PASSING),
        snapshot.repository,
        snapshot.commit,
        filename,
    )


def _remote(url: str, address: str) -> http.Remote:
    """Where the content of a file lies, and what the hub says of it."""
    metadata = get_hf_file_metadata(url, endpoint=address)
    tag = re.sub(r"\W", "", metadata.etag or "")
    headers = build_hf_headers()
    if urlsplit(metadata.location).netloc != urlsplit(address).netloc:
        headers.pop("authorization", None)
    checksum = f"sha256:{tag}" if _SHA256.fullmatch(tag) else ""
    return http.Remote(metadata.location, checksum, tag, metadata.size, headers)


def _check_usable(where: str) -> None:
    """Refuse a hub that is switched off, or whose word on a checksum could be anybody's."""
    if constants.HF_HUB_OFFLINE:
        raise InputError(
            f"{where}: HF_HUB_OFFLINE is set; unset it to download, or supply the model folder"
        )
    http.check_address(endpoint())


def _named(
    action: Callable[[], _T], repository: str, revision: str | None, filename: str | None
) -> _T:
    try:
        return action()
    except InputError:
        raise
    except (*_PASSING, HFValidationError) as error:
        raise InputError(_message(error, repository, revision, filename)) from error


def _message(error: Exception, repository: str, revision: str | None, filename: str | None) -> str:
    where = f"{repository}/{filename}" if filename else repository
    at = f"revision {revision}" if revision else "the main branch"
    page = f"{endpoint()}/{repository}"
    if isinstance(error, GatedRepoError) or status(error) == 403:
        return (
            f"{where}: access is refused (gated repository). Accept its terms at {page} with your "
            "account, then log in with `hf auth login` or set HF_TOKEN, and run again"
        )
    if status(error) == 401 and not isinstance(error, RepositoryNotFoundError):
        return (
            f"{where}: {endpoint()} refuses your token, which it does for public repositories too: "
            "it may have expired. Log in anew with `hf auth login`, or unset HF_TOKEN and log out"
        )
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"{where}: no such repository at {endpoint()}, or a private one. Check hub_repository "
            "in models.tsv; for a private one log in with `hf auth login` or set HF_TOKEN"
        )
    if isinstance(error, RevisionNotFoundError):
        return (
            f"{where}: no {at}. Take a branch, tag or commit from {page}/commits for the column "
            "revision of models.tsv, or leave it empty for the main branch"
        )
    if isinstance(error, EntryNotFoundError) and not isinstance(error, LocalEntryNotFoundError):
        return f"{where}: no such file at {at}; see {page}/tree/{revision or 'main'}"
    if isinstance(error, http.WrongSumError):
        return (
            f"{where} at {at}: arrived damaged twice ({in_one_line(error)}). Check the "
            f"connection, a proxy, or the mirror {endpoint()}"
        )
    return (
        f"{where} at {at}: no download from {endpoint()} in {ATTEMPTS} tries "
        f"({in_one_line(error)}). Check the network or set HF_ENDPOINT to a mirror; the next run "
        "goes on where this stopped"
    )
