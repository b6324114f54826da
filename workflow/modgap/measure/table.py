"""One model on one data set: every metric with its interval and n, as a tidy table."""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.bias import bias_values
from modgap.measure.bootstrap import Key, Part, bootstrap, gap_part, mean_part, text_weights
from modgap.measure.clouds import cloud_rows
from modgap.measure.inputs import Inputs, inputs_of
from modgap.measure.rows import row, share_row
from modgap.measure.zero_shot import zero_shot_rows
from modgap.metrics.entropy import row_entropies
from modgap.metrics.gap import gap, l2i, pair_cosines
from modgap.metrics.retrieval import retrieval_ranks

COLUMNS = ["model", "dataset", "split", "metric", "modality", "value", "low", "high", "n"]
RECALL_AT = (1, 5, 10)


def measure_pair(
    images: Embeddings,
    texts: Embeddings,
    *,
    seed: int,
    resamples: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The metric table of one (model, data set).

    `images`, `texts`: the two embedding files. Returns the columns of `COLUMNS`: accuracies and
    recalls are fractions, `low` and `high` bound the `confidence` interval (bootstrap over images,
    captions going with their image; Wilson for proportions) and are missing where none makes
    sense, `n` is the number of items the value rests on. Deterministic for a `seed`.

    Raises `InputError` if the files do not belong together, an image's label has no class prompt,
    or there are neither captions nor class prompts.
    """
    if resamples < 1 or not 0 < confidence < 1:
        raise InputError(
            f"resamples: {resamples}, confidence: {confidence}; expected at least 1, and a number "
            "between 0 and 1"
        )
    inputs = inputs_of(images, texts)
    return metric_table(inputs, seed=seed, resamples=resamples, confidence=confidence)


def metric_table(inputs: Inputs, *, seed: int, resamples: int, confidence: float) -> pd.DataFrame:
    """`measure_pair` on arrays."""
    families = [_gap_rows(inputs), _entropy_rows(inputs), _bias_rows(inputs)]
    families += [(_recall_rows(inputs, confidence), []), zero_shot_rows(inputs, confidence)]
    rows = [line for lines, _ in families for line in lines]
    parts = [part for _, resampled in families for part in resampled]
    bounds = bootstrap(
        len(inputs.images), parts, resamples=resamples, seed=seed, confidence=confidence
    )
    for line in rows:
        if (key := (line["metric"], line["modality"])) in bounds:
            line["low"], line["high"] = bounds[key]
    rows += cloud_rows(inputs, seed, confidence)
    frame = pd.DataFrame(rows)
    for key in ("model", "dataset", "split"):
        frame[key] = str(inputs.metadata.get(key, ""))
    return frame[COLUMNS].astype({"value": float, "low": float, "high": float, "n": "int64"})


def _gap_rows(inputs: Inputs) -> tuple[list[dict], list[Part]]:
    x, y, pairs = inputs.images, inputs.texts, inputs.pairs
    found = gap(x, y, pairs)
    values = {
        "l2m": found.l2m,
        "l2i": l2i(x, y, pairs),
        "rmg": found.rmg,
        "cosine_pairs": found.cosine_pairs,
        "cosine_non_pairs": found.cosine_non_pairs,
        "alignment": 2 - 2 * found.cosine_pairs,
    }
    rows = [row((name, "both"), value, len(pairs)) for name, value in values.items()]
    return rows, [gap_part(inputs, pair_cosines(x, y, pairs))]


def _entropy_rows(inputs: Inputs) -> tuple[list[dict], list[Part]]:
    scale = inputs.metadata.get("logit_scale")
    if scale is None:
        return [], []
    image_key, text_key = ("logit_entropy", "image_to_text"), ("logit_entropy", "text_to_image")
    of_images = row_entropies(inputs.images, inputs.texts, scale)
    of_texts = row_entropies(inputs.texts, inputs.images, scale)
    rows = [
        row(image_key, float(of_images.mean()), len(of_images)),
        row(text_key, float(of_texts.mean()), len(of_texts)),
        row(("logit_scale", "both"), float(scale), 1),
    ]

    def of_captions(weights: np.ndarray) -> np.ndarray:
        return text_weights(inputs, weights)

    parts = [mean_part(image_key, of_images)]
    if inputs.captions:
        parts.append(mean_part(text_key, of_texts, of_captions))
    return rows, parts


def _bias_rows(inputs: Inputs) -> tuple[list[dict], list[Part]]:
    values, parts, n = bias_values(inputs)
    return [row(key, value, n) for key, value in values.items()], parts


def _recall_rows(inputs: Inputs, confidence: float) -> list[dict]:
    if not inputs.captions:
        return []
    images, pairs = inputs.distinct_images()
    ranks = retrieval_ranks(images, inputs.texts, pairs, inputs.groups)
    rows = []
    for modality, rank in zip(("image_to_text", "text_to_image"), ranks, strict=True):
        for k in RECALL_AT:
            rows.append(_top((f"recall@{k}", modality), rank, k, confidence))
    return rows


def _top(key: Key, ranks: np.ndarray, k: int, confidence: float) -> dict:
    """The share of ranks up to k."""
    return share_row(key, int((ranks <= k).sum()), len(ranks), confidence)
