"""MAD's seven colours, applied to gray digits when they are used."""

import numpy as np

from modgap.mad.captions import FACTORS, VALUES

COLOUR = FACTORS.index("colour")
COLOURS = VALUES["colour"]
# Channels (red, green, blue) that each colour keeps.
_CHANNELS = np.array(
    [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)], dtype=np.uint8
)


def colourise(gray: np.ndarray, colours: np.ndarray, official: bool = False) -> np.ndarray:
    """Colour gray digits (n, height, width) uint8: returns (n, height, width, 3) uint8, RGB.

    `colours` (n,) number `COLOURS`. True colours: each pixel is its colour times its gray value,
    gray, red (1, 0, 0), …, cyan (0, 1, 1), magenta (1, 0, 1), yellow (1, 1, 0).

    `official` colours are those of the official code. Gray, red, green and blue are the same;
    for cyan, magenta and yellow every pixel that is not black starts as gray and has its two
    channels set to 255, so that a fully lit pixel is white, as it is for gray.
    """
    channels = _CHANNELS[colours][:, None, None, :]
    if not official:
        return gray[..., None] * channels
    mixed = (channels.sum(axis=-1, keepdims=True) == 2).astype(np.uint8)
    lit = (gray > 0).astype(np.uint8)[..., None] * np.uint8(255)
    # The mixed colours keep the gray value in the third channel and light the other two fully.
    return gray[..., None] * (channels ^ mixed) + lit * (channels & mixed)
