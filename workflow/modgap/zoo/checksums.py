"""What was downloaded for a model the first time, to be found again every later time."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from modgap.errors import InputError
from modgap.files import write_text


@dataclass(frozen=True)
class Checksum:
    """The file with a model's weights: where it came from, and its SHA-256 as the hub serves it."""

    repository: str
    commit: str
    file: str
    sha256: str


def read_checksum(path: str | os.PathLike) -> Checksum | None:
    """The record of an earlier download, None if there was none.

    Raises `InputError` if the file is there and is no such record.
    """
    if not Path(path).exists():
        return None
    try:
        return Checksum(**json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: no record of a download ({error}); delete it to trust the hub anew"
        ) from error


def write_checksum(path: str | os.PathLike, checksum: Checksum) -> None:
    """Write the record, whole or not at all."""
    write_text(path, json.dumps(asdict(checksum), indent=2) + "\n")


def check_checksum(
    found: Checksum, declared: str, recorded: Checksum | None, record: str | os.PathLike
) -> None:
    """Compare a download with the sheet's `declared` SHA-256 ("" is none) and with the record.

    Raises `InputError` naming repository and file and saying which of the two disagrees.
    """
    where = f"{found.repository}/{found.file} at {found.commit}"
    if declared and found.sha256 != declared:
        raise InputError(
            f"{where}: SHA-256 is {found.sha256}, models.tsv says {declared}. Set revision to the "
            "commit that the checksum was taken from, or correct the cell sha256"
        )
    if recorded and found.sha256 != recorded.sha256:
        raise InputError(
            f"{where}: SHA-256 is {found.sha256}, but the first download recorded "
            f"{recorded.sha256} ({record}). The hub serves other weights now: set revision to "
            f"{recorded.commit}, or delete the record if the change is meant"
        )
