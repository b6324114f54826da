"""Progress of a long loop as log records: count, rate, time left."""

import logging
import time

_log = logging.getLogger(__name__)
# Items and seconds of the loops that ended, by what they count.
_ended: dict[str, tuple[int, float]] = {}


def rates() -> list[str]:
    """What the loops of this process that ended did, all of one kind, as "4680 steps at 18.0/s"."""
    return [f"{items} {what} at {items / spent:.1f}/s" for what, (items, spent) in _ended.items()]


class Progress:
    """Logs how far a loop is, at most once in `every` seconds, and once at the end.

    With `brief` False a loop that takes less than `every` seconds logs nothing.

    >>> progress = Progress(1000, "images")
    >>> progress.add(10)
    """

    def __init__(self, total: int, what: str, every: float = 10.0, brief: bool = True):
        self.total, self.what, self.every = total, what, every
        self.done, self.brief = 0, brief
        self._start = self._last = time.monotonic()

    def add(self, count: int) -> None:
        """Count `count` more items as done."""
        self.done += count
        now = time.monotonic()
        ended = self.done >= self.total and (self.brief or now - self._start >= self.every)
        if ended or now - self._last >= self.every:
            self._last = now
            spent = max(now - self._start, 1e-9)
            rate = self.done / spent
            left = (self.total - self.done) / rate
            if ended:
                items, before = _ended.get(self.what, (0, 0.0))
                _ended[self.what] = items + self.total, before + spent
            _log.info("%d/%d %s, %.1f/s, %.0f s left", self.done, self.total, self.what, rate, left)
