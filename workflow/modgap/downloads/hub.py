"""Files from the Hugging Face hub, or from a mirror named by HF_ENDPOINT.

huggingface_hub signs in, resolves revisions, follows redirects, and takes up a connection that
breaks. It throws away a partial file when its process ends, though, so the partial file is ours
here: a download of 20 GB that was killed goes on where it stood. Plain HTTP throughout, no xet.
"""

import errno
import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from huggingface_hub import HfApi, constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import (
    BadRequestError,
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers

from modgap.errors import InputError
from modgap.formats.files import sha256

_log = logging.getLogger(__name__)
_ATTEMPTS = 4
_WAIT_SECONDS = 2.0
_T = TypeVar("_T")
_FINAL = (
    RepositoryNotFoundError,
    RevisionNotFoundError,
    EntryNotFoundError,
    DisabledRepoError,
    BadRequestError,
    HFValidationError,
    OfflineModeIsEnabled,
)


class _DamagedError(OSError):
    """A file arrived with another checksum than the hub announced."""


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

    return _patiently(ask, repository, revision, None)


def download(snapshot: Snapshot, filename: str, folder: str | os.PathLike) -> Path:
    """Fetch one file into `folder`, going on with what an earlier try left there.

    Returns its path, FOLDER/OWNER--NAME@COMMIT/FILENAME. Files that the hub stores by SHA-256
    (all weights) are checked against it. Raises `InputError` naming repository and file.
    """
    place = f"{snapshot.repository.replace('/', '--')}@{snapshot.commit[:12]}"
    target = Path(folder) / place / filename
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    address = endpoint()
    url = hf_hub_url(snapshot.repository, filename, revision=snapshot.commit, endpoint=address)
    _patiently(lambda: _fetch(url, target, address), snapshot.repository, snapshot.commit, filename)
    return target


def _fetch(url: str, target: Path, address: str) -> None:
    metadata = get_hf_file_metadata(url, endpoint=address)
    tag = re.sub(r"\W", "", metadata.etag or "")
    # The tag is in the name: the rest of another version must not be appended.
    partial = target.with_name(f".{target.name}.{tag[:16]}.part")
    if not tag:
        partial.unlink(missing_ok=True)
    with partial.open("ab") as file:
        if metadata.size is not None and file.tell() > metadata.size:
            file.truncate(0)
        here = file.tell()
        if here:
            _log.info("%s: going on at %d of %s bytes", target.name, here, metadata.size)
        http_get(
            url,
            file,
            resume_size=here,
            headers=build_hf_headers(),
            expected_size=metadata.size,
            displayed_filename=target.name,
        )
    if re.fullmatch("[0-9a-f]{64}", tag) and (found := sha256(partial)) != tag:
        partial.unlink()
        raise _DamagedError(f"SHA-256 is {found}, the hub says {tag}")
    partial.replace(target)


def _patiently(
    action: Callable[[], _T], repository: str, revision: str | None, filename: str | None
) -> _T:
    """Do it, again after a wait if the fault may pass; say what to do if it does not."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return action()
        except (HTTPError, OSError, HFValidationError) as error:
            if attempt == _ATTEMPTS or not _may_pass(error):
                raise InputError(_message(error, repository, revision, filename)) from error
            wait = _WAIT_SECONDS * 2 ** (attempt - 1)
            _log.warning("%s: %s; trying again in %.0f s", repository, _line(error), wait)
            time.sleep(wait)
    raise AssertionError("unreachable")


def _may_pass(error: Exception) -> bool:
    if isinstance(error, LocalEntryNotFoundError):
        return True
    if isinstance(error, _FINAL) or getattr(error, "errno", None) == errno.ENOSPC:
        return False
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (408, 429) or error.response.status_code >= 500
    return True


def _message(error: Exception, repository: str, revision: str | None, filename: str | None) -> str:
    where = f"{repository}/{filename}" if filename else repository
    at = f"revision {revision}" if revision else "the main branch"
    page = f"{endpoint()}/{repository}"
    if isinstance(error, GatedRepoError) or _status(error) == 403:
        return (
            f"{where}: access is refused (gated repository). Accept its terms at {page} with your "
            "account, then log in with `hf auth login` or set HF_TOKEN, and run again"
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
    if isinstance(error, OfflineModeIsEnabled):
        return f"{where}: HF_HUB_OFFLINE is set; unset it to download, or supply the model folder"
    if getattr(error, "errno", None) == errno.ENOSPC:
        return f"{where}: the disk is full; free some space and run again, what has arrived stays"
    if isinstance(error, _DamagedError):
        return (
            f"{where} at {at}: arrived damaged {_ATTEMPTS} times ({_line(error)}). Check the "
            f"connection, a proxy, or the mirror {endpoint()}"
        )
    return (
        f"{where} at {at}: no download from {endpoint()} in {_ATTEMPTS} tries ({_line(error)}). "
        "Check the network or set HF_ENDPOINT to a mirror; the next run goes on where this stopped"
    )


def _status(error: Exception) -> int | None:
    return error.response.status_code if isinstance(error, HfHubHTTPError) else None


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
