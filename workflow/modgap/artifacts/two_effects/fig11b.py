"""Fig 11b: fig4b on the classification data set instead of the retrieval one."""

from modgap.artifacts.two_effects.fig4b import draw, numbers

__all__ = ["draw", "numbers"]
