"""What a study took: the last line of every job's log, by stage and job by job."""

import os
import re
from pathlib import Path

import pandas as pd

# As `modgap.runtime.logs` writes it.
_END = re.compile(r"finished in ([0-9.]+) s, ([0-9]+) MiB at most(?:; (.*))?$")


def job_table(logs: str | os.PathLike) -> pd.DataFrame:
    """One row per finished job, the longest first: `stage`, `job`, `seconds`, `memory_mib`, `rate`.

    `logs` is the study's folder of logs; a job's place in it names its stage. A job that is running
    or failed has no such line and is not counted.
    """
    rows = []
    for path in sorted(Path(logs).rglob("*.log")):
        with path.open(encoding="utf-8", errors="replace") as file:
            last = file.readlines()[-1:]
        if last and (end := _END.search(last[0].rstrip())):
            stage, *rest = path.relative_to(logs).with_suffix("").parts
            rows.append((stage, "/".join(rest), float(end[1]), int(end[2]), end[3] or ""))
    jobs = pd.DataFrame(rows, columns=["stage", "job", "seconds", "memory_mib", "rate"])
    return jobs.sort_values("seconds", ascending=False, kind="stable", ignore_index=True)


def stage_table(jobs: pd.DataFrame) -> pd.DataFrame:
    """One row per stage, the dearest first.

    `jobs`: how many; `seconds`: of all of them together; `longest`: of the slowest;
    `memory_mib`: of the largest; `slowest`: which one.
    """
    # Longest first, so that the first of a stage is its slowest.
    stages = jobs.groupby("stage", sort=False).agg(
        jobs=("job", "size"),
        seconds=("seconds", "sum"),
        longest=("seconds", "max"),
        memory_mib=("memory_mib", "max"),
        slowest=("job", "first"),
    )
    return stages.sort_values("seconds", ascending=False, kind="stable").reset_index()
