"""Logging for every script: one file per job, standard error, and uncaught tracebacks."""

import logging
import os
import sys
from pathlib import Path

from modgap.errors import InputError

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(path: str | os.PathLike | None = None, level: int = logging.INFO) -> None:
    """Send log records to standard error and, if `path` is given, to that file as well.

    Uncaught exceptions are logged too, so that a failing script never leaves an empty log: an
    `InputError` as its message alone, anything else with its traceback.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(path, mode="w", encoding="utf-8"))
    logging.basicConfig(level=level, format=_FORMAT, handlers=handlers, force=True)
    for noisy in ("fontTools", "PIL", "matplotlib", "httpx", "filelock"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: object) -> None:
    log = logging.getLogger("modgap")
    if issubclass(kind, KeyboardInterrupt):
        log.error("interrupted")
    elif issubclass(kind, InputError):
        log.error("%s", error)
    else:
        log.error("uncaught %s", kind.__name__, exc_info=(kind, error, traceback))
