"""What an erratum is, and clouds made up to show one on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Values = tuple[float, float]


@dataclass(frozen=True)
class Erratum:
    """An error in a source.

    Parameters
    ----------
    name
        Its short name.
    source, artifact
        Where it stands.
    error
        What is wrong, in a sentence.
    quantity
        What the two values are.
    consequence
        What follows for who reads or uses the source.
    check
        Returns the value as published and the correct one, both computed; its parameters are the
        tables that it reads (`reference`, `confusion`). None where nothing can be computed here.
    why_not
        Why nothing can be computed, if so.
    """

    name: str
    source: str
    artifact: str
    error: str
    quantity: str
    consequence: str
    check: Callable[..., Values] | None = None
    why_not: str = ""


def unit(rows: np.ndarray) -> np.ndarray:
    """The rows made unit length."""
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def paired_clouds(n: int = 500, d: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images and texts, (n, d) unit rows each: a common part, a gap, and noise of unequal size."""
    rng = np.random.default_rng(seed)
    common, gap = rng.standard_normal((n, d)), rng.standard_normal(d)
    images = common + gap + 0.6 * rng.standard_normal((n, d))
    texts = common - gap + 1.2 * rng.standard_normal((n, d))
    return unit(images), unit(texts)
