"""What made a result: package versions and the commit of this repository."""

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("modgap", "torch", "open_clip_torch", "numpy", "scipy", "pandas", "pyarrow")


@cache
def git_commit() -> str:
    """Commit of the checkout this package stands in, with "-dirty" for local edits; else ""."""
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "describe", "--always", "--abbrev=40", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide numbers; absent packages are left out."""
    installed = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def provenance() -> dict[str, object]:
    """The record that every result carries: `commit` and `versions`."""
    return {"commit": git_commit(), "versions": versions()}
