"""Table 1, its size columns, on the scores that open_clip publishes for its own models."""

from modgap.artifacts.two_effects.table1 import headings, numbers

__all__ = ["headings", "numbers"]
