"""Logging for every script: one file per job, standard error, and uncaught tracebacks."""

import atexit
import logging
import os
import re
import resource
import sys
import time
from pathlib import Path

from modgap.errors import InputError
from modgap.runtime.progress import rates

_log = logging.getLogger(__name__)
_STARTED = time.monotonic()
_UNITS_PER_MIB = 2**20 if sys.platform == "darwin" else 2**10
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(path: str | os.PathLike | None = None, level: int = logging.INFO) -> None:
    """Send log records to standard error and, if `path` is given, to that file as well.

    Uncaught exceptions are logged too, so that a failing script never leaves an empty log: an
    `InputError` as its message alone, anything else with its traceback. A script that ends without
    one says how long it took, how much memory, and at what rate its long loops went.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(path, mode="w", encoding="utf-8"))
    logging.basicConfig(level=level, format=_FORMAT, handlers=handlers, force=True)
    for noisy in ("fontTools", "PIL", "matplotlib", "httpx", "filelock"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught
    atexit.register(_log_end)


def _log_end() -> None:
    seconds = time.monotonic() - _STARTED
    did = "".join(f"; {each}" for each in rates())
    _log.info("finished in %.1f s, %.0f MiB at most%s", seconds, _most_memory(), did)


def _most_memory() -> float:
    """MiB that this process had at most, or one of those that it started, if that is more."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _UNITS_PER_MIB
    try:
        status = Path("/proc/self/status").read_text()
        # What getrusage says may be the memory of the process that started this one.
        own = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 2**10
    except (OSError, TypeError):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNITS_PER_MIB
    return max(own, children)


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: object) -> None:
    atexit.unregister(_log_end)
    log = logging.getLogger("modgap")
    if issubclass(kind, KeyboardInterrupt):
        log.error("interrupted")
    elif issubclass(kind, InputError):
        log.error("%s", error)
    else:
        log.error("uncaught %s", kind.__name__, exc_info=(kind, error, traceback))
