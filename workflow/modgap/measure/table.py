"""One model on one data set: every metric with its interval and n, as a tidy table."""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.bias import bias_values
from modgap.measure.bootstrap import Key, Part, bootstrap, gap_part, mean_part, text_weights
from modgap.measure.clouds import cloud_rows
from modgap.measure.inputs import Inputs, inputs_of
from modgap.measure.mixed import mixed_rows
from modgap.measure.perturbed import perturbed_rows
from modgap.measure.rows import chance_row, row, share_row
from modgap.measure.zero_shot import zero_shot_rows
from modgap.metrics.checks import UnitRows
from modgap.metrics.entropy import row_entropies
from modgap.metrics.gap import gap_of
from modgap.metrics.pairs import read_pairs
from modgap.metrics.retrieval import retrieval_ranks
from modgap.metrics.rows import as_unit, weighted_distances, weighted_dots

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
    images, texts = as_unit(inputs.images, "images"), as_unit(inputs.texts, "texts")
    families = [
        _gap_rows(inputs, images, texts),
        _entropy_rows(inputs, images, texts),
        _bias_rows(inputs, images),
        (_recall_rows(inputs, images, texts, confidence), []),
        zero_shot_rows(inputs, images, confidence),
    ]
    rows = [line for lines, _ in families for line in lines]
    parts = [part for _, resampled in families for part in resampled]
    bounds = bootstrap(
        len(inputs.images), parts, resamples=resamples, seed=seed, confidence=confidence
    )
    for line in rows:
        if (key := (line["metric"], line["modality"])) in bounds:
            line["low"], line["high"] = bounds[key]
    rows += cloud_rows(inputs, images, texts, seed, confidence)
    sampling = {"seed": seed, "resamples": resamples, "confidence": confidence}
    rows += mixed_rows(inputs, images, texts, **sampling)
    rows += perturbed_rows(inputs, images, **sampling)
    frame = pd.DataFrame(rows)
    for key in ("model", "dataset", "split"):
        frame[key] = str(inputs.metadata.get(key, ""))
    return frame[COLUMNS].astype({"value": float, "low": float, "high": float, "n": "int64"})


def _gap_rows(inputs: Inputs, images: UnitRows, texts: UnitRows) -> tuple[list[dict], list[Part]]:
    measures = (weighted_dots, weighted_distances)
    *sums, (cosines, distances) = read_pairs(images, texts, inputs.pairs, measures)
    parts = gap_of(*sums, cosines, len(images), len(texts))
    values = {
        "l2m": parts.l2m,
        "l2i": float(distances.mean()),
        "rmg": parts.rmg,
        "cosine_pairs": parts.cosine_pairs,
        "cosine_non_pairs": parts.cosine_non_pairs,
        "cosine_shift": parts.cosine_shift,
        "alignment": 2 - 2 * parts.cosine_pairs,
    }
    rows = [row((name, "both"), value, len(cosines)) for name, value in values.items()]
    return rows, [gap_part(inputs, cosines)]


def _entropy_rows(
    inputs: Inputs, images: UnitRows, texts: UnitRows
) -> tuple[list[dict], list[Part]]:
    scale = inputs.metadata.get("logit_scale")
    if scale is None:
        return [], []
    image_key, text_key = ("logit_entropy", "image_to_text"), ("logit_entropy", "text_to_image")
    of_images = row_entropies(images, texts, scale)
    of_texts = row_entropies(texts, images, scale)
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


def _bias_rows(inputs: Inputs, images: UnitRows) -> tuple[list[dict], list[Part]]:
    values, parts, n = bias_values(inputs, images)
    return [row(key, value, n) for key, value in values.items()], parts


def _recall_rows(
    inputs: Inputs, images: UnitRows, texts: UnitRows, confidence: float
) -> list[dict]:
    if not inputs.captions:
        return []
    first, pairs = inputs.distinct_images()
    ranks = retrieval_ranks(images.select(first), texts, pairs, inputs.groups)
    # What a random order of the candidates puts first is right as often as a candidate is.
    right = len(np.unique(np.column_stack([pairs[:, 0], inputs.groups[pairs[:, 1]]]), axis=0))
    candidates = len(np.unique(inputs.groups)), len(first)
    rows = []
    ways = ("image_to_text", "text_to_image")
    for modality, rank, of in zip(ways, ranks, candidates, strict=True):
        for k in RECALL_AT:
            rows.append(_top((f"recall@{k}", modality), rank, k, confidence))
        rows.append(chance_row(("recall@1", modality), right / (len(rank) * of), len(rank)))
    return rows


def _top(key: Key, ranks: np.ndarray, k: int, confidence: float) -> dict:
    """The share of ranks up to k."""
    return share_row(key, int((ranks <= k).sum()), len(ranks), confidence)
