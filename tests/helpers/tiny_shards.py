"""Tiny shards in the layout that img2dataset writes."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

WORDS = ("red", "blue", "green", "dog", "cat", "bird", "small", "large")


def jpeg(seed: int, size: int = 28) -> bytes:
    """A picture of blocks of colour."""
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(blocks).resize((size, size), Image.Resampling.NEAREST).save(file, "jpeg")
    return file.getvalue()


def caption(seed: int) -> str:
    """Four words."""
    return "a photo of " + " ".join(np.random.default_rng(seed).choice(WORDS, 3, replace=False))


def write_shard(path: Path, files: Mapping[str, bytes]) -> Path:
    """A tar of files by name, in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def pairs(first: int, number: int) -> dict[str, bytes]:
    """Images with captions and the record that img2dataset adds."""
    files = {}
    for seed in range(first, first + number):
        files |= {
            f"{seed:08d}.jpg": jpeg(seed),
            f"{seed:08d}.txt": caption(seed).encode(),
            f"{seed:08d}.json": b"{}",
        }
    return files


def save_shards(folder: Path, shards: int = 2, number: int = 4) -> Path:
    """So many shards of so many pairs each."""
    for shard in range(shards):
        write_shard(folder / f"{shard:05d}.tar", pairs(shard * 1000, number))
    return folder
