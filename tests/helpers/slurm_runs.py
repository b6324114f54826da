"""Snakemake that sends its jobs to a SLURM of these tests, with the profile of the repository."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpers.faults import SMALLEST
from helpers.one_node_slurm import Cluster
from helpers.tiny_study import NONE, Study

# Of everything, what needs every kind of job, without the dearest simulations.
TARGETS = ["metrics", "two_effects_fig7a", "two_effects_table1", "two_effects_table5"]
TARGETS += ["mind_the_gap_fig3e"]
# Every rule that goes to SLURM but pixels and initialisations, in as few jobs as that takes.
SMALL = SMALLEST | {
    "device": "auto",
    "experiments": NONE
    | {
        "captions": {
            "train": {"attributes": [1, 5], "seed": [0]},
            "data": {"retrieval": "own", "classification": "own", "attributes": "own"},
        },
        "zoo": {
            "train": None,
            "models": ["captions"],
            "data": {"retrieval": "own", "classification": "own"},
        },
        "ideal_words": {"models": ["captions-k5-s0"], "data": {"attributes": "own"}},
    },
}
# Four jobs at a time, whatever the pretended node has room for; a look at them every few seconds.
_ARGUMENTS = ["--profile", "profiles/slurm", "--jobs", "4", "--configfile", "tiny.yaml"]
_ARGUMENTS += ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "5"]
# Seconds for a run; two or three minutes are usual.
LIMIT = 1800


@dataclass
class Run:
    """A Snakemake that was started and may be disturbed."""

    process: subprocess.Popen
    log: Path

    def end(self, limit: float = LIMIT) -> tuple[int, str]:
        """Wait for it; returns the exit code and everything it printed."""
        try:
            return self.process.wait(limit), self.log.read_text()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


def start(cluster: Cluster, study: Study, *arguments: str) -> Run:
    log = study.folder / f"run-{time.monotonic_ns()}.log"
    environment = cluster.environment | {"PYTHONPATH": str(study.folder / "workflow")}
    command = [sys.executable, "-m", "snakemake", *_ARGUMENTS, *arguments]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=study.folder, env=environment, stdout=output, stderr=output
        )
    return Run(process, log)


def until(ready: Callable[[], object], limit: float = 120) -> object:
    """What `ready` returns once it is true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if value := ready():
            return value
        time.sleep(0.2)
    raise TimeoutError(f"not within {limit} s")


def rule_of(job: dict[str, str]) -> str:
    """The rule that a job of the completion log is of, of a group its name and its rules."""
    return job.get("Comment", "").removeprefix("rule_").partition("_wildcards_")[0]
