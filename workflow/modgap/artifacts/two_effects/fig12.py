"""Fig 12: fig4b for the two dimensions with the largest difference of means."""

from modgap.artifacts.two_effects.fig4b import draw, numbers

__all__ = ["draw", "numbers"]
