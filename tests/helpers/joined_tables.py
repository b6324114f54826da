"""Two clouds that belong together, in tables whose rows are in other orders."""

from pathlib import Path

import numpy as np
import pandas as pd

from modgap.measure.files import measure_files

N = 30
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(N, 5)).astype(np.float32)
TEXTS = IMAGES + 0.3 * RNG.normal(size=(N, 5)).astype(np.float32)
NAMES = [f"{row}.jpg" for row in range(N)]
ORDER = np.random.default_rng(1).permutation(N)


def save(path: Path, vectors: np.ndarray, **columns) -> Path:
    """A Parquet file of vectors with these columns."""
    pd.DataFrame({**columns, "embedding": list(vectors)}).to_parquet(path, index=False)
    return path


def both(folder: Path, names=("filename", "filename"), values=(NAMES, NAMES)) -> tuple[Path, Path]:
    """Images in order and texts shuffled, each with one column of names."""
    shuffled = [values[1][row] for row in ORDER]
    return (
        save(folder / "images.parquet", IMAGES, **{names[0]: values[0]}),
        save(folder / "texts.parquet", TEXTS[ORDER], **{names[1]: shuffled}),
    )


def rmg_of(*paths: Path, **options) -> float:
    """The RMG that is measured of these files."""
    table = measure_files(*paths, resamples=2, **options)
    return table.loc[table["metric"] == "rmg", "value"].item()
