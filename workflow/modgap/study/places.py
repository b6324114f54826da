"""Paths that a configuration or a sheet names, and what lies there."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from modgap.errors import InputError

# What Snakemake takes for a wildcard or for a folder of its own, in any path.
_FILLED_IN = re.compile(r"\{\s*\w+.*\}|<[a-z][a-z0-9_]*>")


def local_path(text: str) -> str:
    """A path of this machine, with the user's home for ~.

    Neither Snakemake nor every library expands that. Raises `ValueError` for what would become
    another path, or none: a variable, an address, a path of Windows, names in braces.
    """
    if text and not text.strip():
        raise ValueError("blank; name a path")
    if re.search(r"\$[{A-Za-z_]", text):
        raise ValueError("variables of the environment are not filled in; write the path out")
    if "://" in text:
        raise ValueError("is an address; expected a path of this machine")
    if re.match(r"[A-Za-z]:[\\/]|\\\\", text):
        raise ValueError("is a path of Windows; within WSL C:\\data is /mnt/c/data")
    if name := _FILLED_IN.search(text):
        raise ValueError(
            f"Snakemake takes {name[0]} for a name to fill in; rename it, or name a link to it"
        )
    try:
        return str(Path(text.strip()).expanduser()) if text else ""
    except RuntimeError as error:  # of a user that is not there
        raise ValueError(
            "no user of this machine has that home folder; write the path out"
        ) from error


def those_there(paths: Iterable[str]) -> list[str]:
    """The paths at which something lies: what a rule may have as input of what a user names.

    Where a file is missing and the job's output is there from before, Snakemake goes on with that,
    without a word, though it was made of other files: `check_there` in a parameter stops the plan.
    """
    return [path for path in paths if Path(path).exists()]


def check_there(named: Mapping[str, str]) -> None:
    """Raise `InputError` for the first path at which nothing lies; keys say what names them."""
    for what, path in named.items():
        if not Path(path).exists():
            raise InputError(f"{what}: nothing lies at {path}; correct the path")


def state_of(paths: Iterable[str]) -> str:
    """Return 16 hexadecimal digits that change when a file is edited, or another in its place.

    As a parameter of a job it has the job run again: Snakemake itself asks whether a file is newer
    than what was made of it, and one that was copied with its time, unpacked or put back is not.
    They stand for the size and the time of change of each file, not for where it lies.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = Path(path).stat()
            digest.update(f"{status.st_size} {status.st_mtime_ns}\n".encode())
        except OSError as error:  # Snakemake says of a missing one that it is
            digest.update(f"error {error.errno}\n".encode())
    return digest.hexdigest()[:16]
