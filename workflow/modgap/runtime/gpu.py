"""One GPU for each job of a workstation: Snakemake counts GPUs but hands out none."""

import fcntl
import logging
import os
import re
import tempfile
import time
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)
# The lock of a slot lasts as long as its open file: until the process ends, however it ends.
_held: list[IO] = []


def count_gpus(devices: Path = Path("/dev")) -> int:
    """How many NVIDIA GPUs this machine or container has, without loading torch."""
    return sum(
        re.fullmatch(r"nvidia\d+", path.name) is not None for path in devices.glob("nvidia*")
    )


def gpus_per_job(device: str) -> int:
    """How many GPUs a job asks for on `device` (auto, cpu, cuda, cuda:N), without loading torch."""
    if device == "auto":
        return int(count_gpus() > 0)
    return int(device != "cpu")


def take_gpu(device: str, devices: Path = Path("/dev"), locks: Path | None = None) -> str | None:
    """Wait for a free GPU and make it the only one this process sees; returns its name.

    Called before torch starts. Only for `device` "auto" or "cuda": "cuda:1" is a choice made. The
    GPUs are those that CUDA_VISIBLE_DEVICES names, else all of the machine by number. Without any,
    or if that variable names one (a scheduler's choice), nothing changes and the result is None.
    `devices` holds the device files, `locks` the lock files (default: the folder for temporary
    files, so that all studies of a user share them).
    """
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    # CUDA counts from 0 whatever the device files are called (a container may hold nvidia2 alone).
    names = map(str, range(count_gpus(devices))) if named is None else named.split(",")
    names = [name.strip() for name in names if name.strip()]
    if device not in ("auto", "cuda") or not names or (named is not None and len(names) == 1):
        return None
    folder = Path(tempfile.gettempdir()) if locks is None else locks
    waiting = False
    while True:
        for name in names:
            safe = re.sub(r"[^0-9A-Za-z-]", "-", name)
            if _lock(folder / f"modgap-gpu-{os.getuid()}-{safe}.lock"):
                os.environ["CUDA_VISIBLE_DEVICES"] = name
                return name
        if not waiting:
            log.info("all %d GPUs are taken; waiting for one", len(names))
            waiting = True
        time.sleep(0.5)


def _lock(path: Path) -> bool:
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held.append(file)
    return True
