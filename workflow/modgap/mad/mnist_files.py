"""The four files of MNIST as their authors publish them, and where they lie in a folder.

Snakemake asks which of them a configured folder holds at every start, so nothing here needs numpy.
"""

import os
from pathlib import Path

IDX_FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}


def idx_file(folder: str | os.PathLike, name: str) -> Path | None:
    """The file of this name in a folder, or else the gzipped one; None if there is neither."""
    places = (Path(folder) / name, Path(folder) / f"{name}.gz")
    return next((path for path in places if path.is_file()), None)
