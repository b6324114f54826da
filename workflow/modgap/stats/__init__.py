"""Correlations that can be trusted: τ with interval and p, corrected, and with confounders."""

from modgap.stats.bootstrap import Interval, mean_interval
from modgap.stats.correction import benjamini_hochberg, holm
from modgap.stats.kendall import KendallResult, kendall
from modgap.stats.partial import PartialResult, kendall_partial_tau, partial_kendall
from modgap.stats.power import minimum_detectable_tau
from modgap.stats.tables import correlation_table

__all__ = [
    "Interval",
    "KendallResult",
    "PartialResult",
    "benjamini_hochberg",
    "correlation_table",
    "holm",
    "kendall",
    "kendall_partial_tau",
    "mean_interval",
    "minimum_detectable_tau",
    "partial_kendall",
]
