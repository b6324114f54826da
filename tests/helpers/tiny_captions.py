"""Tiny captioned data sets, as training takes them."""

import numpy as np
import pandas as pd
from PIL import Image

from modgap.formats.manifest import Manifest
from modgap.train.captions import CaptionData

_COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255,) * 3}
_PLACES = ("top", "bottom", "left", "right")


def captioned(count=64, size=32, seed=0, several=False, name="tiny"):
    """Bars of a colour at a side, with captions of four words that say so."""
    return CaptionData.of(*captioned_manifest(count, size, seed, several, name))


def captioned_manifest(count=64, size=32, seed=0, several=False, name="tiny"):
    """A manifest in memory with its pixels and rows; `several`: two captions for each image."""
    rng = np.random.default_rng(seed)
    pixels = np.full((count, size, size, 3), 90, dtype=np.uint8)
    texts = []
    for number in range(count):
        colour, place = rng.choice(list(_COLOURS)), rng.choice(_PLACES)
        half = {
            "top": np.s_[: size // 2],
            "bottom": np.s_[size // 2 :],
            "left": np.s_[:, : size // 2],
            "right": np.s_[:, size // 2 :],
        }[place]
        pixels[number][half] = _COLOURS[colour]
        texts.append((number, f"{colour} bar, {place} side"))
        if several:
            texts.append((number, f"side {place}, bar {colour}"))
    images = pd.DataFrame(
        {"image_id": [f"i{n}" for n in range(count)], "path": "pixels.npy", "row": range(count)}
    )
    captions = pd.DataFrame(
        {
            "text_id": [f"c{n}" for n in range(len(texts))],
            "text": [text for _, text in texts],
            "kind": "caption",
            "image_id": [f"i{n}" for n, _ in texts],
            "factor": None,
            "label": None,
            "object": None,
        }
    )
    manifest = Manifest(name, "test", ".", images, captions, pixels=f"{count}-{size}-{seed}")
    return manifest, pixels, np.arange(count)


def save_caption_folder(folder, train=64, test=20):
    """The same as a folder of 40-pixel pictures with captions.tsv, in two splits."""
    lines = ["split\timage\tcaption_index\tcaption"]
    for split, count, seed in (("train", train, 0), ("test", test, 1)):
        data = captioned(count, 40, seed)
        (folder / split).mkdir(parents=True)
        for number, (texts, pixels) in enumerate(zip(data.captions, data.pixels, strict=True)):
            # Else two pictures of one data set may be the same, which is reported.
            pixels[0, 0] = number % 256, number // 256, seed
            Image.fromarray(pixels).save(folder / split / f"{number}.png")
            lines += [f"{split}\t{number}.png\t{i}\t{text}" for i, text in enumerate(texts)]
    (folder / "captions.tsv").write_text("\n".join(lines) + "\n")
    return folder
