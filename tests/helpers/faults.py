"""Studies to be disturbed: faults strike them, and what was lost or made anew is counted."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from helpers.tiny_study import NONE, TINY, Study

from modgap.claims.difference import compare_results
from modgap.formats.embeddings import read_embeddings
from modgap.formats.files import sha256

MODELS = ("captions-k1-s0", "captions-k3-s0", "captions-k5-s0")
# Three models, measured, and the few artifacts that they or nothing at all suffice for.
SMALLEST = TINY | {
    "only": [],
    "mad": {"train_items": 256, "test_items": 80},
    "model": {"items": 256, "epochs": 1, "embed_dim": 8},
    "experiments": NONE
    | {"captions": {"train": {"attributes": [1, 3, 5], "seed": [0]}, "data": {"retrieval": "own"}}},
}
# Of everything, what is quick: the dearest simulations take longer than all of these together.
TARGETS = ("metrics", "two_effects_fig7a", "two_effects_fig7b", "mind_the_gap_fig3e")
# Seconds for one run; a minute is usual where nothing else runs.
_LIMIT = 600
# What makes a rule's outputs, by the place where they stand.
_STAGES = ("data", "models", "embeddings", "metrics", "simulations")


class FaultyStudy(Study):
    """A study with what tests of faults ask of it."""

    def run(self, *targets: str, prefix: tuple[str, ...] = ()) -> tuple[int, str]:
        """Run Snakemake to its end, once, however it ends; `prefix`: a command that starts it."""
        process = self.start(*targets, prefix=prefix)
        try:
            output, _ = process.communicate(timeout=_LIMIT)
        except subprocess.TimeoutExpired:
            pytest.fail(f"Snakemake did not end within {_LIMIT} s: {end(process)[-3000:]}")
        return process.returncode, output

    def start(self, *targets: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen:
        """Start Snakemake in a process group of its own."""
        command = [*prefix, sys.executable, "-m", "snakemake", "--cores", "2", *targets]
        command += ["--configfile", "tiny.yaml"]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(self.folder / "workflow")},
            start_new_session=True,
        )

    def forget(self, *places: str) -> None:
        """Delete results, as if their jobs were still to come."""
        for place in places:
            path = self.results / place
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def forget_from(self, stage: str, *models: str) -> None:
        """Delete what a stage made of models, and what was made of that: it is still to come.

        Snakemake makes nothing anew for what is missing where what was made of it is there.
        """
        stages = ("models", "embeddings", "metrics")
        for model in models:
            for each in stages[stages.index(stage) :]:
                shutil.rmtree(self.results / each / model, ignore_errors=True)
        for table in (*self.results.glob("models/*.csv"), *self.results.glob("metrics/*.parquet")):
            table.unlink()

    def contents(self) -> dict[Path, tuple[str, int]]:
        """Every file of the stages with its bytes and its time."""
        return {
            path.relative_to(self.results): (sha256(path), path.stat().st_mtime_ns)
            for stage in _STAGES
            for path in (self.results / stage).rglob("*")
            if path.is_file()
        }

    def job(self, script: str) -> int:
        """Wait until a job of this study runs a script; returns the number of its process."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for folder in Path("/proc").iterdir():
                if not folder.name.isdigit():
                    continue
                try:
                    command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                    here = (folder / "cwd").resolve() == self.folder.resolve()
                except OSError:
                    continue
                if here and any(word.endswith(f".{script}.py") for word in command[1:2]):
                    return int(folder.name)
            time.sleep(0.02)
        raise TimeoutError(f"no job of {script} within 60 s")


def jobs_run(output: str) -> Counter[str]:
    """The rules that a run started, and how often."""
    return Counter(re.findall(r"^(?:local)?rule (\w+):$", output, re.MULTILINE))


def assert_untouched(before: dict, study: FaultyStudy) -> None:
    """Nothing that was complete is lost or was made anew."""
    now = study.contents()
    assert {path for path, value in before.items() if now.get(path) != value} == set()


def assert_whole(study: FaultyStudy, undisturbed: FaultyStudy) -> Counter[str]:
    """The next run completes with the values of an undisturbed one; returns what it made."""
    code, output = study.run(*TARGETS)
    assert code == 0, output[-5000:]
    assert_same_values(study, undisturbed)
    return jobs_run(output)


def assert_same_values(study: FaultyStudy, undisturbed: FaultyStudy) -> None:
    """The same weights, embeddings, metrics and numbers of artifacts."""
    differences = compare_results(undisturbed.results, study.results)
    assert differences.empty, differences
    for path in sorted(undisturbed.results.glob("models/*/*.safetensors")):
        other = study.results / path.relative_to(undisturbed.results)
        assert sha256(path) == sha256(other), other
    for path in sorted(undisturbed.results.glob("embeddings/*/*/*.parquet")):
        other = study.results / path.relative_to(undisturbed.results)
        assert (read_embeddings(path).vectors == read_embeddings(other).vectors).all(), other


def cut(path: Path, share: float = 0.6) -> None:
    """Cut a file short and keep its time, as a disk that lost a part of it."""
    _rewrite(path, path.read_bytes()[: int(share * path.stat().st_size)])


def flip(path: Path, share: float = 0.7) -> None:
    """Flip one bit of a file and keep its time."""
    data = bytearray(path.read_bytes())
    data[int(share * len(data))] ^= 4
    _rewrite(path, bytes(data))


def _rewrite(path: Path, data: bytes) -> None:
    times = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def end(process: subprocess.Popen) -> str:
    """End a whole process group at once, as when a machine loses its power."""
    os.killpg(process.pid, signal.SIGKILL)
    return process.communicate(timeout=60)[0]


def can_mount() -> bool:
    """May a disk be mounted here, in a name space of its own?"""
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", tempfile.gettempdir()]
    if not shutil.which("unshare"):
        return False
    return subprocess.run(command, capture_output=True).returncode == 0
