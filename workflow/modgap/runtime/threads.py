"""How many threads a job may use."""

import os
from typing import Any


def thread_count() -> int:
    """Threads for a pool of this process: the cores it may run on, at most OMP_NUM_THREADS.

    Snakemake sets that variable to the threads of the rule, so that jobs side by side do not ask
    for all cores each.

    >>> thread_count() >= 1
    True
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    # OpenMP takes a list, too: a number for each level of nesting.
    declared = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return min(cores or 1, int(declared)) if declared.isdigit() and int(declared) else cores or 1


def beside_others(threads: int, workflow: Any) -> int:
    """The threads of a rule that can use so many: on one machine at most half of its cores.

    A job that asks for all cores waits until they are free at once, while one of them stands idle
    for as long as the longest job of one thread lasts. `workflow` is Snakemake's; on a cluster, and
    within a job there, nothing is held back.
    """
    cores = workflow.resource_settings.cores if workflow.is_main_process else None
    return max(1, min(threads, cores // 2)) if cores else threads
