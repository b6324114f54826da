"""Affine maps of embeddings: what every intervention comes down to, so that it can be stored."""

import zlib
from dataclasses import dataclass

import numpy as np

_ROWS = 4096


@dataclass(frozen=True)
class AffineMap:
    """x ↦ x · matrix + offset, plus noise.

    Attributes
    ----------
    offset : numpy.ndarray
        (e,) float64.
    matrix : numpy.ndarray or None
        (d, e); or (d,), one factor per dimension, where a dimension whose factor is 0 is left out
        of what comes back; or None, the identity.
    noise : float
        Standard deviation, per dimension, of normal noise. It is seeded by the row itself: a row
        gets the same noise alone and among others.
    """

    offset: np.ndarray
    matrix: np.ndarray | None = None
    noise: float = 0.0

    @property
    def dimensions(self) -> int:
        """How many dimensions a row must have."""
        return len(self.offset if self.matrix is None else self.matrix)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """The rows (n, d) moved, (n, e) float32; not unit length."""
        kept = slice(None)
        if self.matrix is not None and self.matrix.ndim == 1:
            kept = np.flatnonzero(self.matrix)
        moved = np.empty((len(rows), len(self.offset[kept])), np.float32)
        for start in range(0, len(rows), _ROWS):
            part = slice(start, start + _ROWS)
            wide = rows[part].astype(np.float64)
            if self.matrix is not None:
                wide = wide * self.matrix if self.matrix.ndim == 1 else wide @ self.matrix
            wide = wide + self.offset
            if self.noise:
                wide += self.noise * _noise(rows[part], wide.shape[1])
            moved[part] = wide[:, kept]
        return moved

    def partly(self, amount: float) -> "AffineMap":
        """The map that goes the given share of the way: x + amount · (self(x) − x)."""
        matrix = None
        if self.matrix is not None:
            whole = 1.0 if self.matrix.ndim == 1 else np.eye(len(self.matrix))
            matrix = (1 - amount) * whole + amount * self.matrix
        return AffineMap(amount * self.offset, matrix, amount * self.noise)


def _noise(rows: np.ndarray, dimensions: int) -> np.ndarray:
    seeds = [zlib.crc32(row.tobytes()) for row in np.ascontiguousarray(rows)]
    return np.stack([np.random.default_rng(seed).normal(size=dimensions) for seed in seeds])
