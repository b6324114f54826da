"""What was downloaded for a model the first time, to be found again every later time."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from modgap.errors import InputError
from modgap.formats.files import sha256, write_text


@dataclass(frozen=True)
class Checksum:
    """The file with a model's weights: where it came from, and its SHA-256 as the hub serves it.

    Of the model folder made from it, `facts` is what its modgap.json holds and `files` the SHA-256
    of all its other files by name, the converted weights among them; both empty if not known.
    """

    repository: str
    commit: str
    file: str
    sha256: str
    facts: dict = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


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
    computed: Checksum, declared: str, recorded: Checksum | None, record: str | os.PathLike
) -> None:
    """Compare a download with the sheet's `declared` SHA-256 ("" is none) and with the record.

    Raises `InputError` naming repository and file and saying which of the two disagrees.
    """
    where = f"{computed.repository}/{computed.file} at {computed.commit}"
    if declared and computed.sha256 != declared:
        raise InputError(
            f"{where}: SHA-256 is {computed.sha256}, models.tsv says {declared}. Set revision to "
            "the commit that the checksum was taken from, or correct the cell sha256"
        )
    if recorded and computed.sha256 != recorded.sha256:
        raise InputError(
            f"{where}: SHA-256 is {computed.sha256}, but the first download recorded "
            f"{recorded.sha256} ({record}). The hub serves other weights now: set revision to "
            f"{recorded.commit}, or delete the record if the change is meant"
        )


def folder_sums(folder: str | os.PathLike) -> dict[str, str]:
    """SHA-256 of every file of a model folder by its name there, but for modgap.json."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: sha256(path) for name, path in names.items() if name != "modgap.json"}


def is_intact(folder: str | os.PathLike, recorded: Checksum) -> bool:
    """Whether a model folder holds every file that was recorded of it, with the same bytes."""
    paths = {Path(folder) / name: digest for name, digest in recorded.files.items()}
    there = bool(paths) and all(path.is_file() for path in paths)
    return there and all(sha256(path) == digest for path, digest in paths.items())
