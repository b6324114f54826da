"""Rates of outcomes by group, from counts."""

import pandas as pd

from modgap.metrics.intervals import wilson

RATE_HEADINGS = {
    "group": "group",
    "outcome": "outcome",
    "rate": "rate",
    "low": "low",
    "high": "high",
    "count": "count",
    "n": "images",
}


def with_rates(counts: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """`counts` (with columns count and n) with rate, low and high (Wilson)."""
    limits = [
        wilson(int(count), int(n), confidence)
        for count, n in zip(counts["count"], counts["n"], strict=True)
    ]
    low, high = zip(*limits, strict=True)
    frame = counts.reset_index(drop=True)
    return frame.assign(rate=frame["count"] / frame["n"], low=low, high=high)
