from pathlib import Path

import numpy as np
import pytest

from modgap.errors import InputError
from modgap.mad.mnist import ARRAYS, fetch_mnist

REPO = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def mnist(tmp_path_factory):
    """The real MNIST arrays by name, from an earlier run or from the declared sources."""
    folder = REPO / "resources" / "mnist"
    if not all((folder / f"{name}.npy").is_file() for name in ARRAYS):
        folder = tmp_path_factory.mktemp("mnist")
        try:
            fetch_mnist(folder, None, REPO / "config" / "sources.tsv")
        except InputError as error:
            pytest.skip(f"MNIST is out of reach: {error}")
    return {name: np.load(folder / f"{name}.npy") for name in ARRAYS}


@pytest.fixture(scope="session")
def strokes():
    """Synthetic digits (6, 28, 28) uint8: bars, a ring, an L and a cross, of known thickness."""
    images = np.zeros((6, 28, 28), dtype=np.uint8)
    images[0, 4:24, 12:16] = 255
    images[1, 11:17, 4:24] = 255
    rows, columns = np.mgrid[:28, :28] - 13.5
    radius = np.hypot(rows, columns)
    images[2, (radius > 6) & (radius < 10)] = 255
    images[3, 5:23, 8:12] = images[3, 19:23, 8:20] = 255
    images[4, 12:15, 5:23] = images[4, 5:23, 12:15] = 255
    images[5, 6:22, 10:18] = 200
    return images
