"""Rows of the metric table."""

from modgap.measure.bootstrap import Key
from modgap.metrics.intervals import wilson


def row(key: Key, value: float, n: int, interval: tuple = (None, None)) -> dict:
    """One metric in one modality: its value, the interval (None: none makes sense) and n."""
    names = ("metric", "modality", "value", "low", "high", "n")
    return dict(zip(names, (*key, value, *interval, n), strict=True))


def share_row(key: Key, hits: int, n: int, confidence: float) -> dict:
    """A proportion with Wilson's interval."""
    return row(key, hits / n, n, wilson(hits, n, confidence))
