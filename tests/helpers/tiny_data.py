"""Tiny data sets: manifests over generated image files or one array."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from modgap.formats.manifest import Manifest, write_manifest


def texts_frame(rows: list[dict]) -> pd.DataFrame:
    """A texts table; keys a row leaves out are null."""
    columns = ["text_id", "text", "kind", "image_id", "factor", "label", "object"]
    return pd.DataFrame(rows, columns=columns).astype("string")


def save_array_manifest(folder: Path, n: int = 5, size: int = 28, seed: int = 0) -> Path:
    """n random images as rows (in reverse order) of one .npy, a caption each, two class prompts."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    pixels = rng.integers(0, 256, (n, size, size, 3), dtype=np.uint8)
    np.save(folder / "pixels.npy", pixels)
    ids = [f"i{number}" for number in range(n)]
    images = pd.DataFrame(
        {
            "image_id": ids,
            "path": "pixels.npy",
            "row": np.arange(n)[::-1],
            "colour": [["red", "blue"][number % 2] for number in range(n)],
        }
    )
    captions = [
        {
            "text_id": f"c{number}",
            "text": f"a {'red' if number % 2 == 0 else 'blue'} dog",
            "kind": "caption",
            "image_id": ids[number],
        }
        for number in range(n)
    ]
    prompts = [
        {"text_id": f"p-{c}", "text": f"the {c}", "kind": "class", "factor": "colour", "label": c}
        for c in ("red", "blue")
    ]
    texts = texts_frame(captions + prompts)
    write_manifest(folder, Manifest("tiny", "test", str(folder), images, texts, "", ("colour",)))
    return folder


def save_file_manifest(folder: Path, n: int = 5, seed: int = 0) -> Path:
    """n random images of odd sizes as .jpg and .png files, a caption each."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    names = [f"images/{number}.{'png' if number % 2 else 'jpg'}" for number in range(n)]
    for number, name in enumerate(names):
        noise = rng.integers(0, 256, (31 + number, 45 - number, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / name)
    ids = [f"i{number}" for number in range(n)]
    images = pd.DataFrame({"image_id": ids, "path": names, "row": -1})
    texts = texts_frame(
        [
            {"text_id": f"c{i}", "text": f"photo of {i}", "kind": "caption", "image_id": ids[i]}
            for i in range(n)
        ]
    )
    write_manifest(folder, Manifest("files", "val", str(folder), images, texts))
    return folder
