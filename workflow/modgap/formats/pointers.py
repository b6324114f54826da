"""What git-lfs leaves in the place of a file that was not fetched: three lines of text."""

import os
from pathlib import Path

from modgap.errors import InputError

POINTER_FAULT = "is a git-lfs pointer, not the file itself; run `git lfs pull` in its folder"
_BEGIN = b"version https://git-lfs"


def is_pointer(data: bytes) -> bool:
    """Whether a file that begins so is a pointer.

    >>> is_pointer(b"version https://git-lfs.github.com/spec/v1"), is_pointer(b"version 1")
    (True, False)
    """
    return data.startswith(_BEGIN)


def check_fetched(path: str | os.PathLike) -> None:
    """Raise `InputError`, naming the file, for a pointer."""
    with Path(path).open("rb") as file:
        if is_pointer(file.read(len(_BEGIN))):
            raise InputError(f"{path}: {POINTER_FAULT}")
