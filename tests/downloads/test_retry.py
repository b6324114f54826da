import errno
import ssl
from urllib.error import HTTPError, URLError

import pytest

from modgap.downloads import retry
from modgap.downloads.retry import patiently


@pytest.fixture
def waits(monkeypatch):
    """The waits that are asked for; nobody sleeps."""
    asked = []
    monkeypatch.setattr("time.sleep", asked.append)
    return asked


def answer(code: int) -> HTTPError:
    return HTTPError("https://x", code, "reason", {}, None)


def failing(*errors: Exception):
    """An action that raises these in turn and then succeeds."""
    left = list(errors)

    def action() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return action


def test_waits_double(waits):
    assert patiently(failing(*[ConnectionError()] * 3), "x") == "done"
    assert waits == [2, 4, 8]


def test_the_last_error_is_raised_after_four_tries(waits):
    errors = [ConnectionError(str(number)) for number in range(5)]
    with pytest.raises(ConnectionError, match="3"):
        patiently(failing(*errors), "x")
    assert len(waits) == 3


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (answer(404), False),
        (answer(401), False),
        (answer(408), True),
        (answer(429), True),
        (answer(500), True),
        (answer(503), True),
        (URLError(ConnectionRefusedError(errno.ECONNREFUSED, "refused")), True),
        (URLError(ssl.SSLCertVerificationError("expired")), False),
        (TimeoutError("no answer"), True),
        (OSError(errno.ENOSPC, "full"), False),
        (OSError(errno.EDQUOT, "full"), False),
        (PermissionError(errno.EACCES, "not yours"), False),
        (OSError(errno.EROFS, "read-only"), False),
        (retry.FinalError("no use"), False),
        (KeyError("a fault of ours"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(waits, error, again):
    if again:
        assert patiently(failing(error), "x") == "done"
    else:
        with pytest.raises(type(error)):
            patiently(failing(error), "x")
    assert len(waits) == again


def test_what_brought_something_starts_the_count_anew(waits):
    """Ten tries, each third of which brings a byte, are no four in vain."""
    tries = iter(range(12))
    arrived = [0]

    def action() -> str:
        number = next(tries)
        if number == 10:
            return "done"
        arrived[0] += number % 3 == 2
        raise ConnectionError

    assert patiently(action, "x", arrived=lambda: arrived[0]) == "done"
    assert waits == [2, 4, 2, 4, 8, 2, 4, 8, 2, 4]
