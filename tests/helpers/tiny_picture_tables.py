"""Tables of five pictures with captions, as Hugging Face publishes them."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from modgap.data.draft import Draft
from modgap.data.picture_table import picture_table

N = 5


def encoded(seed: int, kind: str = "JPEG") -> bytes:
    """A picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, kind)
    return data.getvalue()


PICTURES = [encoded(n, "PNG" if n % 2 else "JPEG") for n in range(N)]
RECORDS = [{"bytes": data, "path": f"{n}.jpg"} for n, data in enumerate(PICTURES)]
WORDS = [f"animal {n}" for n in range(N)]


def save(path: Path, **columns) -> Path:
    """A table of these columns; its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path.parent


def read(folder: Path, split: str = "test") -> Draft:
    """The draft of a split."""
    return picture_table(folder, split, folder.parent / "out")


def save_arrow(path: Path, table: pa.Table, new: Callable) -> None:
    """A table as Arrow; `new` makes the writer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(path), "wb") as file, new(file, table.schema) as writer:
        writer.write_table(table)
