"""A made-up model on a made-up labelled data set, as the embed stage would write it."""

import numpy as np
import pandas as pd

from modgap.formats.embeddings import Embeddings

COLOURS, DIGITS = ("red", "blue"), ("zero", "one", "two")
D = 6


def metadata(**changes):
    """Metadata of both files."""
    return {
        "model": "tiny",
        "dataset": "digits",
        "split": "test",
        "weights_sha256": "abc",
        "logit_scale": 20.0,
        "object_factor": "digit",
        "attribute_factors": ["colour"],
        **changes,
    }


def tiny_pair(n=40, *, per_image=1, noise=0.6, offset=1.0, prompts=True, captions=True, seed=0):
    """Image and text embeddings of `n` images of coloured digits.

    An image is its digit's and its colour's direction plus noise; texts are the same without noise,
    moved by `offset`. Captions name the digit, so captions of one digit are identical.
    """
    rng = np.random.default_rng(seed)
    words = dict(zip((*DIGITS, *COLOURS), rng.normal(size=(5, D)), strict=True))
    shift = offset * rng.normal(size=D)
    images = pd.DataFrame({"id": [f"i{row}" for row in range(n)]})
    images["digit"] = rng.choice(DIGITS, size=n)
    images["colour"] = rng.choice(COLOURS, size=n)
    vectors = np.stack([words[a] + words[b] for a, b in images[["digit", "colour"]].to_numpy()])
    vectors = vectors + noise * rng.normal(size=vectors.shape)
    rows = []
    if captions:
        for image, digit in images[["id", "digit"]].to_numpy():
            for copy in range(per_image):
                rows.append((f"{image}-{copy}", "caption", image, None, None, None, words[digit]))
    if prompts:
        for factor, labels in (("digit", DIGITS), ("colour", COLOURS)):
            rows += [(f"c-{x}", "class", None, factor, x, None, words[x]) for x in labels]
        for x in COLOURS:
            for y in DIGITS:
                rows.append((f"{x}-{y}", "pair", None, "colour", x, y, words[x] + words[y]))
    names = ["id", "kind", "image_id", "factor", "label", "object", "vector"]
    texts = pd.DataFrame(rows, columns=names)
    moved = np.stack(texts.pop("vector").to_list()) + shift
    return (
        Embeddings(images, vectors.astype(np.float32), metadata()),
        Embeddings(texts, moved.astype(np.float32), metadata()),
    )


def digit_gap_along(images, texts, captioned, image_step, prompt_step):
    """Distance of the centres of images and digit prompts, each moved by so much of a direction.

    The direction is that from the mean text to the mean image of the pair `captioned`.
    """

    def unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    g = unit(captioned[0].vectors).mean(0) - unit(captioned[1].vectors).mean(0)
    g /= np.linalg.norm(g)
    kept = (texts.table["kind"] == "class") & (texts.table["factor"] == "digit")
    moved = unit(unit(images.vectors) + image_step * g)
    prompts = unit(unit(texts.vectors[kept.to_numpy()]) + prompt_step * g)
    return np.linalg.norm(moved.mean(0) - prompts.mean(0))
