"""One way to try again what a network may spoil."""

import errno
import logging
import ssl
import urllib.error
from collections.abc import Callable
from http.client import HTTPException
from typing import TypeVar

import tenacity

from modgap.formats.files import is_full

_log = logging.getLogger(__name__)
ATTEMPTS = 4
_WAIT_SECONDS = 2.0
# Answers that another try may change: timeout, too many requests; and whatever a server says of
# itself (5xx).
_PASSING = (408, 425, 429)
_FINAL = (ssl.SSLCertVerificationError,)
_T = TypeVar("_T")


class FinalError(OSError):
    """A fault of the network's side that no other try will mend."""


def patiently(
    action: Callable[[], _T],
    name: str,
    *,
    errors: tuple[type[Exception], ...] = (OSError, HTTPException),
    arrived: Callable[[], int] = lambda: 0,
    attempts: int = ATTEMPTS,
) -> _T:
    """Call `action` until it succeeds, after growing waits while its error may pass.

    Parameters
    ----------
    action : callable
        What to do; its value is returned.
    name : str
        What it is about, for the log.
    errors : tuple of exception classes
        Errors to look at; any other goes through at once.
    arrived : callable
        How much there is so far: a try that brought something starts the count of tries anew.
    attempts : int
        Tries in a row that bring nothing, at most.

    Raises
    ------
    Exception
        The last error of `action`, if it will not pass or the tries are used up.
    """
    idle, before = 0, arrived()

    def count(_: tenacity.RetryCallState) -> None:
        nonlocal idle, before
        now = arrived()
        idle, before = (1 if now > before else idle + 1), now

    def say(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception()
        _log.warning(
            "%s: %s; trying again in %.0f s", name, in_one_line(error), state.upcoming_sleep
        )

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda e: isinstance(e, errors) and may_pass(e)),
        after=count,
        wait=lambda _: _WAIT_SECONDS * 2 ** (idle - 1),
        stop=lambda _: idle >= attempts,
        before_sleep=say,
        reraise=True,
    )(action)


def may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    if is_full(error) or isinstance(error, FinalError):
        return False
    code = status(error)
    if code is not None:
        return code in _PASSING or code >= 500
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, _FINAL):
        return False
    return getattr(reason, "errno", None) not in (errno.EACCES, errno.EROFS, errno.EISDIR)


def status(error: BaseException) -> int | None:
    """The status of the HTTP answer behind an error of urllib or of httpx, None without one."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code
    return getattr(getattr(error, "response", None), "status_code", None)


def in_one_line(error: BaseException) -> str:
    """An error's message in one line, never empty."""
    return " ".join(str(error).split()) or type(error).__name__
