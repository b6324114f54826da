"""Files are written whole or not at all, and read back with a known checksum."""

import errno
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from modgap.errors import InputError

_FULL = (errno.ENOSPC, errno.EDQUOT)
# Libraries that write outside Python (safetensors, torch) raise classes of their own.
_FULL_IN_WORDS = ("No space left on device", "Disk quota exceeded", "(os error 28)")


@contextmanager
def whole_file(path: str | os.PathLike, size: int = 0) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds.

    The parent folder is made. On any exception the temporary file is removed and a file that
    already stood at `path` is left as it was.

    Parameters
    ----------
    path : path
        Where the whole file will stand.
    size : int, default 0
        Bytes that will be written, if known: a disk without room for them is refused at once.

    Raises
    ------
    InputError
        If the disk is full, before or while the file is written.
    """
    target = Path(path)
    check_room(target, size)
    # The suffix stays: writers such as matplotlib and numpy choose the format by it.
    partial = target.with_name(f".{target.stem}.{uuid.uuid4().hex[:8]}{target.suffix}")
    try:
        with full_disk_named(target):
            yield partial
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def check_room(path: str | os.PathLike, size: int) -> None:
    """Make the folder of `path`; raise `InputError` if its disk has no room for `size` bytes.

    For work of hours whose result is known not to fit.
    """
    folder = Path(path).parent
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size:
        raise _no_room(path, size)


def check_target(path: str | os.PathLike, inputs: Collection[str | os.PathLike] = ()) -> None:
    """Raise `InputError` if a file cannot be written at `path`, before the work for it is done.

    `inputs` are files that it must not take the place of.
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(f"{path}: is a folder, expected the name of a file")
    if target.exists() and any(target.samefile(given) for given in inputs if Path(given).exists()):
        raise InputError(f"{path}: is read and would be written over; name another file")
    check_place(target)


def check_place(path: str | os.PathLike) -> None:
    """Raise `InputError` if nothing can be written beside `path`, whose folder need not exist."""
    folder = Path(path).absolute().parent
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if is_full(error):
            raise _no_room(path) from error
        raise InputError(
            f"{path}: nothing can be written in {folder} ({error.strerror}); name another place"
        ) from error


@contextmanager
def full_disk_named(path: str | os.PathLike) -> Iterator[None]:
    """Turn any library's error for a full disk into the one `InputError` that names `path`."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if not is_full(error):
            raise
        raise _no_room(path) from error


def is_full(error: BaseException) -> bool:
    """Whether an error, or one that it came of, says that the disk or the user's share is full."""
    if getattr(error, "errno", None) in _FULL:
        return True
    if any(words in str(error) for words in _FULL_IN_WORDS):
        return True
    # A library that cannot close what it could not write fails again, in other words.
    earlier = error.__cause__ or error.__context__
    return earlier is not None and is_full(earlier)


def _no_room(path: str | os.PathLike, size: int = 0) -> InputError:
    folder = next(parent for parent in Path(path).absolute().parents if parent.is_dir())
    free = shutil.disk_usage(folder).free / 2**20
    needed = f"{size / 2**20:,.1f} MiB are needed, " if size else ""
    return InputError(
        f"{path}: no space left on the disk ({needed}{free:,.1f} MiB are free). Make room or point "
        "the folder elsewhere in the configuration, then run again: what was finished or fetched "
        "so far stays"
    )


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def sha256(path: str | os.PathLike) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
