"""Rows of the metric table."""

from modgap.measure.bootstrap import Key
from modgap.metrics.intervals import wilson


def row(key: Key, value: float, n: int, interval: tuple = (None, None)) -> dict:
    """One metric in one modality: its value, the interval (None: none makes sense) and n."""
    names = ("metric", "modality", "value", "low", "high", "n")
    return dict(zip(names, (*key, value, *interval, n), strict=True))


def chance_row(key: Key, value: float, n: int) -> dict:
    """What a score would be by chance, in the same modality: no estimate, so without interval."""
    metric, modality = key
    return row((f"chance:{metric}", modality), value, n)


def share_row(key: Key, hits: int, n: int, confidence: float) -> dict:
    """A proportion with Wilson's interval."""
    return row(key, hits / n, n, wilson(hits, n, confidence))
