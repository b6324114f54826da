"""Contrastive loss of pairs on a sphere as images and texts drift apart (Mind the Gap, Fig. 3e–g).

Liang et al., Mind the Gap (NeurIPS 2022), section 4.2 and its appendix.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from modgap.metrics.contrastive import contrastive_loss

_SIX = np.deg2rad(np.arange(-20.0, 81.0, 20.0))
_SIX_SWAPPED = np.array([1, 0, 2, 3, 4, 5])
_NINE = np.pi * np.array([0, 0.5, 1, 1.5, 0.25, 0.75, 1.25, 1.75, 1.53])
_NINE_SWAPPED = np.array([0, 1, 2, 8, 4, 5, 6, 7, 3])
# What the published code compares with after its "swap": both become the second.
_NINE_AS_RUN = np.array([0, 1, 2, 8, 4, 5, 6, 7, 8])
SIX_TEMPERATURES = (1.0, 1 / 5, 1 / 35, 1 / 50, 1 / 100)
NINE_TEMPERATURES = (1.0, 1 / 5, 1 / 10, 1 / 50, 1 / 100, 1 / 500, 1 / 1000)


def simulate(
    seed: int,
    six_temperatures: Sequence[float] = SIX_TEMPERATURES,
    nine_temperatures: Sequence[float] = NINE_TEMPERATURES,
) -> pd.DataFrame:
    """Two-sided contrastive loss of six and of nine pairs at every distance of the modalities.

    Six pairs: images on the equator at longitudes −20 … 80° by 20; texts at the same longitudes,
    all at one latitude, +90 … −90° by 1. Nine pairs: images at height z and texts at −z, at four
    axes, four diagonals and 1.53 π; z is one of 100 even steps of [−1, 1], as published,
    or 0, which is none of them.

    Nothing is drawn; `seed` is there because every simulation has one.

    Returns
    -------
    One row per `pairs` ("six", "nine"), `matching`, `temperature` and `position` (latitude in
    degrees, or z), with `loss` in nats and `minimum` (this row has the smallest loss of its curve;
    of equal ones that of the largest position). `matching` is "matched" (each text at its image's
    longitude), "swapped" (two neighbours exchanged), or "as_run" (nine pairs only: the published
    code means to exchange two labels but sets both to the second).
    """
    six = _SIX, np.arange(90.0, -91.0, -1.0), _latitude
    nine = _NINE, np.union1d(np.linspace(-1, 1, 100), 0.0), _opposite_heights
    curves = [
        _curve("six", "matched", six, np.arange(6), np.arange(6), six_temperatures),
        _curve("six", "swapped", six, _SIX_SWAPPED, np.arange(6), six_temperatures),
        _curve("nine", "matched", nine, np.arange(9), np.arange(9), nine_temperatures),
        _curve("nine", "swapped", nine, np.arange(9), _NINE_SWAPPED, nine_temperatures),
        _curve("nine", "as_run", nine, np.arange(9), _NINE_AS_RUN, nine_temperatures),
    ]
    frame = pd.concat(curves, ignore_index=True)
    keys = ["pairs", "matching", "temperature"]
    ordered = frame.sort_values("position", ascending=False, kind="stable")
    smallest = ordered.groupby(keys, sort=False)["loss"].idxmin()
    return frame.assign(minimum=frame.index.isin(smallest))


def _curve(
    pairs: str,
    matching: str,
    places: tuple[np.ndarray, np.ndarray, Callable],
    text_order: np.ndarray,
    labels: np.ndarray,
    temperatures: Sequence[float],
) -> pd.DataFrame:
    longitudes, positions, at = places
    rows = []
    for position in positions:
        images, texts = at(longitudes, longitudes[text_order], position)
        cosines = images @ texts.T
        for temperature in temperatures:
            loss = float(contrastive_loss(cosines / temperature, labels).symmetric)
            loss = round(loss, 12)  # else rounding would choose between mirror images
            rows.append((pairs, matching, temperature, position, loss))
    return pd.DataFrame(rows, columns=["pairs", "matching", "temperature", "position", "loss"])


def _latitude(
    images: np.ndarray, texts: np.ndarray, degrees: float
) -> tuple[np.ndarray, np.ndarray]:
    return _points(images, 0.0), _points(texts, np.sin(np.deg2rad(degrees)))


def _opposite_heights(
    images: np.ndarray, texts: np.ndarray, height: float
) -> tuple[np.ndarray, np.ndarray]:
    return _points(images, height), _points(texts, -height)


def _points(longitudes: np.ndarray, height: float) -> np.ndarray:
    """Points of the unit sphere at one height, (n, 3)."""
    radius = np.sqrt(max(1 - height**2, 0.0))
    flat = radius * np.column_stack([np.cos(longitudes), np.sin(longitudes)])
    return np.column_stack([flat, np.full(len(longitudes), height)])
