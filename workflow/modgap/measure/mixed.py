"""One index of images and texts, search in one modality, clusters, subspaces: rows of the table."""

import logging

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.measure.bootstrap import bootstrap, mean_part
from modgap.measure.inputs import Inputs
from modgap.measure.rows import row, share_row
from modgap.metrics.checks import UnitRows
from modgap.metrics.clusters import cluster_v_measure
from modgap.metrics.intervals import wilson
from modgap.metrics.mixed import in_modality_recall
from modgap.metrics.pool import pool_ranks
from modgap.metrics.subspaces import subspace_angles

_log = logging.getLogger(__name__)

# At most this many items of each modality, as for the other measures of mixing.
_MOST = 5000
# Clusters take longer, and need fewer.
_MOST_CLUSTERED = 1000
K = 10
DIMENSIONS = 10


def mixed_rows(
    inputs: Inputs,
    images: UnitRows,
    texts: UnitRows,
    *,
    seed: int,
    resamples: int,
    confidence: float,
) -> list[dict]:
    """Search in one index of both modalities and within one; the angle of the two subspaces.

    `mixed_recall@10` and `mixed_ndcg@10`, by the modality of the query, look for the matching item
    among all images and texts: each image with its first caption, at most 5,000 of each drawn with
    `seed`. `in_modality_recall@1` is there where items of one modality match: texts of one image,
    images and texts of one object. `subspace_angle` is the mean principal angle, in radians, of the
    10 leading directions of either cloud about its centre. `cluster_v_measure` says how far k-means
    clusters of images and captions together, at most 1,000 of each, agree with the objects.
    """
    rows = _angle_rows(images, texts)
    if inputs.captions:
        rows += _index_rows(inputs, images, texts, seed, resamples, confidence)
        rows += _cluster_rows(inputs, images, texts, seed)
    for modality, cloud, labels in (
        ("image", images, _objects(inputs)),
        ("text", texts, _owners(inputs)),
    ):
        if labels is not None:
            rows += _own_rows(modality, cloud, labels, seed, confidence)
    return rows


def _angle_rows(images: UnitRows, texts: UnitRows) -> list[dict]:
    try:
        angles = subspace_angles(images, texts, DIMENSIONS)
    except InputError as error:
        _log.info("no subspace_angle: %s", error)
        return []
    return [row(("subspace_angle", "both"), float(angles.mean()), len(images) + len(texts))]


def _index_rows(
    inputs: Inputs,
    images: UnitRows,
    texts: UnitRows,
    seed: int,
    resamples: int,
    confidence: float,
) -> list[dict]:
    image, first = np.unique(inputs.pairs[:, 0], return_index=True)
    drawn = np.random.default_rng(seed).permutation(len(image))[:_MOST]
    if len(drawn) <= K:
        return []
    image, text = image[drawn], inputs.pairs[first[drawn], 1]
    ranks = pool_ranks([images.vectors[image], texts.vectors[text]])
    rows, parts = [], []
    for query, modality in enumerate(("image", "text")):
        hits = int((ranks.pool_ranks(query, 1 - query) <= K).sum())
        rows.append(share_row((f"mixed_recall@{K}", modality), hits, len(drawn), confidence))
        gains, key = ranks.ndcg(query, K), (f"mixed_ndcg@{K}", modality)
        rows.append(row(key, float(gains.mean()), len(drawn)))
        parts.append(mean_part(key, gains))
    bounds = bootstrap(len(drawn), parts, resamples=resamples, seed=seed, confidence=confidence)
    for line in rows:
        if (key := (line["metric"], line["modality"])) in bounds:
            line["low"], line["high"] = bounds[key]
    return rows


def _cluster_rows(inputs: Inputs, images: UnitRows, texts: UnitRows, seed: int) -> list[dict]:
    """Images and the first caption of each, by the image's object."""
    objects = _objects(inputs)
    if objects is None:
        return []
    image, first = np.unique(inputs.pairs[:, 0], return_index=True)
    known = np.flatnonzero(objects.iloc[image].notna().to_numpy())
    drawn = known[np.random.default_rng(seed).permutation(len(known))[:_MOST_CLUSTERED]]
    labels = objects.iloc[image[drawn]].to_numpy(str)
    if len(set(labels)) < 2:
        return []
    pair = images.vectors[image[drawn]], texts.vectors[inputs.pairs[first[drawn], 1]]
    value = cluster_v_measure(np.concatenate(pair), np.tile(labels, 2), seed)
    return [row(("cluster_v_measure", "both"), value, 2 * len(drawn))]


def _own_rows(
    modality: str, cloud: UnitRows, labels: pd.Series, seed: int, confidence: float
) -> list[dict]:
    known = np.flatnonzero(labels.notna().to_numpy())
    drawn = known[np.random.default_rng(seed).permutation(len(known))[:_MOST]]
    words = labels.iloc[drawn].to_numpy(str)
    queries = int((pd.Series(words).map(pd.Series(words).value_counts()) > 1).sum())
    if not queries:
        return []
    share = in_modality_recall(cloud.select(drawn), words, (1,))[1]
    hits = round(share * queries)
    return [
        row(("in_modality_recall@1", modality), share, queries, wilson(hits, queries, confidence))
    ]


def _objects(inputs: Inputs) -> pd.Series | None:
    return inputs.labels.get(inputs.object_factor)


def _owners(inputs: Inputs) -> pd.Series | None:
    """What texts are matched by: the image if one has several texts, else the image's object."""
    if not inputs.captions:
        return None
    image, text = inputs.pairs[::-1].T
    owners = pd.Series(None, range(len(inputs.texts)), dtype=object)
    if np.bincount(image).max() > 1:
        owners.iloc[text] = image.astype(str)
    elif (objects := _objects(inputs)) is not None:
        owners.iloc[text] = objects.to_numpy()[image]
    else:
        return None
    return owners
