"""Fig 11a: fig4a on the classification data set instead of the retrieval one."""

from modgap.artifacts.two_effects.fig4a import draw, numbers

__all__ = ["draw", "numbers"]
