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


def take_gpu(device: str, devices: Path = Path("/dev"), locks: Path | None = None) -> str | None:
    """Wait for a free GPU and make it the only one this process sees; returns its name.

    Called before torch starts. Only for `device` "auto" or "cuda", and only where this process sees
    several GPUs: those that CUDA_VISIBLE_DEVICES names (as SLURM sets it), else all of the machine.
    Otherwise nothing changes and the result is None. `devices` holds the device files, `locks` the
    lock files (default: the folder for temporary files, so that all studies of a user share them).
    """
    names = _visible(devices)
    if device not in ("auto", "cuda") or len(names) < 2:
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


def _visible(devices: Path) -> list[str]:
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip()]
    found = [re.fullmatch(r"nvidia(\d+)", path.name) for path in devices.glob("nvidia*")]
    return [str(number) for number in sorted(int(match[1]) for match in found if match)]


def _lock(path: Path) -> bool:
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held.append(file)
    return True
