"""Scores of open_clip's models as open_clip publishes them: config/published.tsv."""

import os
from collections.abc import Iterable

import pandas as pd

from modgap.errors import InputError
from modgap.study.sheets import read_tsv

_TEXT = ("model", "architecture", "pretrained", "training_set", "group")
_SCORES = {
    # column: data set, metric, modality
    "imagenet_top1": ("imagenet", "zero_shot:class", "both"),
    "coco_image_to_text_r1": ("coco", "recall@1", "image_to_text"),
    "coco_text_to_image_r1": ("coco", "recall@1", "text_to_image"),
    "flickr_image_to_text_r1": ("flickr30k", "recall@1", "image_to_text"),
    "flickr_text_to_image_r1": ("flickr30k", "recall@1", "text_to_image"),
}
_NUMBERS = ("parameters_millions", "gflops", "embed_dim", "training_size", *_SCORES)

# Why a right run does not reproduce the published score to the digit.
DIFFERENCES = {
    "imagenet": "published with the average of OpenAI's 80 prompts, here one: 'A photo of a "
    "{class}.'",
    "coco": "published on the 5,000 test images of COCO 2014 (Karpathy) with bare captions, here "
    "val2017 with 'a photo of ' before the caption",
    "flickr30k": "published on the 1,000 test images of Flickr30k with bare captions",
}


def read_published(path: str | os.PathLike) -> pd.DataFrame:
    """The sheet as a table, one row per model.

    Scores are fractions in [0, 1], `parameters_millions` and `gflops` as published,
    `embed_dim`, `training_size` NaN and `training_set`, `group` "" where they are not known.
    Raises `InputError` naming file, line and column.
    """
    rows = []
    for number, cells in read_tsv(path, (*_TEXT, *_NUMBERS)):
        numbers = {c: _number(cells[c], f"{path}: line {number}, column {c}") for c in _NUMBERS}
        for column in _SCORES:
            if not 0 <= numbers[column] <= 1:
                raise InputError(
                    f"{path}: line {number}, column {column}: {numbers[column]} is no fraction"
                )
        rows.append({**{c: cells[c] for c in _TEXT}, **numbers})
    return pd.DataFrame(rows, columns=[*_TEXT, *_NUMBERS])


def expected_scores(published: pd.DataFrame, models: Iterable[str]) -> pd.DataFrame:
    """The published score of each of `models` (names of models.tsv), to stand beside ours.

    Columns model, dataset, metric, modality (those of a metric table, to join on), `expected` (a
    fraction) and `done_differently`: why ours is not the same to the digit. Models that are not
    published are left out.
    """
    wanted = published[published["model"].isin(list(models))]
    rows = [
        (model, *_SCORES[column], score, DIFFERENCES[_SCORES[column][0]])
        for column in _SCORES
        for model, score in zip(wanted["model"], wanted[column], strict=True)
    ]
    columns = ["model", "dataset", "metric", "modality", "expected", "done_differently"]
    return pd.DataFrame(rows, columns=columns)


def _number(text: str, place: str) -> float:
    if not text:
        return float("nan")
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{place}: {text!r} is no number") from error
