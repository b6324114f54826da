"""Fig 11c: fig4c on the classification data set instead of the retrieval one."""

from modgap.artifacts.two_effects.fig4c import draw, numbers

__all__ = ["draw", "numbers"]
