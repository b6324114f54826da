"""MAD as a manifest: labelled images with a caption each, or with the name of their class."""

import os
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.manifest import Manifest
from modgap.mad.captions import (
    FACTORS,
    FIRST_WORD,
    JOINT,
    VALUES,
    CaptionSpec,
    caption_texts,
    draw_captions,
)

_OBJECT, *_ATTRIBUTES = FACTORS
# The label column of the data set without captions, and the factors that its classes combine.
_CLASS, _CLASS_FACTORS = "class", ("digit", "colour")
# What groups are, in the data set of groups.
_GROUP = "colour"
# Captions that are averaged into the prompt of a class, and how many are drawn to find those.
_CLASS_CAPTIONS, _DRAWN = 100, 1000
# Keeps them apart from the captions of the images.
_STREAM = 29


def mad_manifest(
    pixels: str | os.PathLike,
    labels: np.ndarray,
    captions: CaptionSpec,
    *,
    dataset: str,
    split: str,
    seed: int,
) -> Manifest:
    """The manifest of coloured MAD items: their captions, and prompts for every class.

    `pixels` is the .npy file (n, 28, 28, 3) uint8 that `labels` (n, 6) belong to. One caption is
    drawn per image. The digit is the object, whatever factor the captions always hold.
    """
    images = _images(Path(pixels), labels, split)
    words = draw_captions(labels, captions, np.random.default_rng(seed))
    texts = [
        _captions(caption_texts(words), images["image_id"]),
        _class_prompts(captions.main_factor),
        _class_captions(captions, seed),
        _pair_prompts(),
    ]
    return Manifest(
        dataset,
        split,
        str(Path(pixels).parent),
        images,
        pd.concat(texts, ignore_index=True),
        _OBJECT,
        tuple(_ATTRIBUTES),
    )


def mad_class_manifest(
    pixels: str | os.PathLike, labels: np.ndarray, *, dataset: str, split: str
) -> Manifest:
    """The manifest of the same items without captions, each of one of 70 classes such as 7-red.

    The controlled counterpart of ImageNet and CIFAR: the class is the object, there are no
    attributes, and the only texts are one zero-shot prompt per class, the class name itself.
    """
    images = _images(Path(pixels), labels, split)
    names = images[_CLASS_FACTORS[0]].str.cat(images[list(_CLASS_FACTORS[1:])], sep=JOINT)
    classes = [JOINT.join(words) for words in product(*(VALUES[name] for name in _CLASS_FACTORS))]
    return Manifest(
        dataset,
        split,
        str(Path(pixels).parent),
        images.drop(columns=list(FACTORS)).assign(**{_CLASS: names}),
        _prompts([("class", name, _CLASS, name, None) for name in classes]),
        _CLASS,
    )


def mad_group_manifest(
    pixels: str | os.PathLike, labels: np.ndarray, *, dataset: str, split: str
) -> Manifest:
    """The manifest of the same items as digits of a group, beside classes that none of them is.

    The controlled counterpart of faces by group with harmful prompts: `group` is the colour, the
    classes are the ten digits, and the words of the other factors but colour are wrong classes,
    the factor their category.
    """
    images = _images(Path(pixels), labels, split)
    wrong = [factor for factor in _ATTRIBUTES if factor != _GROUP]
    rows = [("class", label, _OBJECT, label, None) for label in VALUES[_OBJECT]]
    rows += [("class", label, _OBJECT, label, None) for name in wrong for label in VALUES[name]]
    category = {label: name for name in wrong for label in VALUES[name]}
    texts = _prompts(rows)
    return Manifest(
        dataset,
        split,
        str(Path(pixels).parent),
        images[["image_id", "path", "row", _OBJECT]].assign(group=images[_GROUP]),
        texts.assign(category=texts["label"].map(category).astype("string")),
        _OBJECT,
    )


def _images(pixels: Path, labels: np.ndarray, split: str) -> pd.DataFrame:
    count = len(np.load(pixels, mmap_mode="r"))
    if labels.shape != (count, len(FACTORS)):
        raise InputError(
            f"{pixels}: {count} images for labels of shape {labels.shape}; "
            f"expected one row of {len(FACTORS)} labels per image"
        )
    table = pd.DataFrame({"image_id": [f"{split}-{row:07d}" for row in range(count)]})
    table["path"] = pixels.name
    table["row"] = np.arange(count)
    for column, (factor, values) in zip(labels.T, VALUES.items(), strict=True):
        table[factor] = np.array(values, dtype=object)[column]
    return table


def _captions(texts: list[str], image_ids: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"text_id": "caption-" + image_ids, "text": texts, "kind": "caption"})
    return table.assign(image_id=image_ids, factor=None, label=None, object=None)


def _class_prompts(main_factor: str) -> pd.DataFrame:
    """Zero-shot prompts as captions look: the main factor's words alone, others next to each."""
    rows = []
    for factor, values in VALUES.items():
        for label in values:
            others = VALUES[main_factor] if factor != main_factor else [None]
            texts = [JOINT.join((other, label)) if other else label for other in others]
            rows += [("class", text, factor, label, None) for text in texts]
    return _prompts(rows)


def _class_captions(captions: CaptionSpec, seed: int) -> pd.DataFrame:
    """Zero-shot prompts as the model's captions look: captions of its kind that hold the class.

    All else in them is drawn uniformly. A factor that no caption names has none.
    """
    rng = np.random.default_rng((seed, _STREAM))
    counts = [len(values) for values in VALUES.values()]
    rows = []
    for column, (factor, values) in enumerate(VALUES.items()):
        for value, label in enumerate(values):
            items = rng.integers(counts, size=(_DRAWN, len(counts)))
            items[:, column] = value
            words = draw_captions(items, captions, rng)
            holding = words[(words == FIRST_WORD[column] + value).any(axis=1)][:_CLASS_CAPTIONS]
            texts = caption_texts(holding)
            rows += [("class_caption", text, factor, label, None) for text in texts]
    table = _prompts(rows)
    return table.assign(text_id=table["text_id"] + "-" + table.index.astype(str))


def _pair_prompts() -> pd.DataFrame:
    """Each digit with each attribute value, such as 7-red."""
    return _prompts(
        [
            ("pair", JOINT.join((digit, label)), factor, label, digit)
            for factor in _ATTRIBUTES
            for label in VALUES[factor]
            for digit in VALUES[_OBJECT]
        ]
    )


def _prompts(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["kind", "text", "factor", "label", "object"])
    names = table["kind"] + "-" + table["factor"] + "-" + table["text"]
    return table.assign(text_id=names, image_id=None)
