"""Which copy of this package the jobs of a workflow import."""

import os
from pathlib import Path


def prefer_package(folder: str | os.PathLike) -> None:
    """Have every process started from here import the package in `folder` first.

    An environment may have another checkout installed, or name one in PYTHONPATH: its modules would
    run in place of those that Snakemake watches.
    """
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(Path(folder)), *(path for path in others if path and Path(path) != Path(folder))]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
