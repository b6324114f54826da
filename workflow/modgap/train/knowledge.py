"""From files and labels to what a loss is told of the items of its training set."""

import logging
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, read_embeddings
from modgap.formats.identity import as_words
from modgap.train.similarity import (
    FeatureSimilarity,
    ItemTable,
    LabelSimilarity,
    Permuted,
    Similarity,
    Teacher,
)
from modgap.train.source import TrainingSource

log = logging.getLogger(__name__)

Files = Mapping[str, str | os.PathLike]
_FEATURES = ("image_features", "text_features")
_TEACHER = ("teacher_images", "teacher_texts")


def item_knowledge(
    source: TrainingSource, told: Mapping[str, Any], files: Files, seed: int
) -> dict[str, ItemTable]:
    """What `told` asks for, as arguments of `build_loss`.

    Parameters
    ----------
    source
        The training set; its `ids` or its `labels` say which items there are.
    told
        Of `modgap.study.item_knowledge.told`.
    files
        Embedding files of the training set: image_features, text_features, teacher_images,
        teacher_texts, those that `told` names a model for.
    seed
        Of the permutation, if `told` asks for one.

    Returns
    -------
    dict
        `similarity` and `teacher`, as far as they are asked for.

    Raises
    ------
    InputError
        Naming the file and the first item that it has no row for, and for a teacher without a
        logit scale.
    """
    made: dict[str, ItemTable] = {}
    features = [_rows(files[name], source) for name in _FEATURES if name in files]
    if features:
        made["similarity"] = FeatureSimilarity(*features)
    elif "similarity" in told:
        made["similarity"] = _of_labels(source)
    if told.get("permuted"):
        made["similarity"] = Permuted(made["similarity"], seed)
    if "teacher" in told:
        scale = read_embeddings(files[_TEACHER[0]]).metadata.get("logit_scale")
        if scale is None:
            raise InputError(f"{files[_TEACHER[0]]}: the teacher has no logit scale")
        made["teacher"] = Teacher(*(_rows(files[name], source) for name in _TEACHER), float(scale))
    for name, table in made.items():
        log.info("%s of %d items is known to the loss", name, len(table))
    return made


def _of_labels(source: TrainingSource) -> Similarity:
    if source.labels is None:
        raise InputError("similarity: the items of this training set have no labels that are known")
    return LabelSimilarity(source.labels)


def _rows(path: str | os.PathLike, source: TrainingSource) -> np.ndarray:
    """One row per item number, zeros where training shows no such item.

    The features of an item's texts are the mean of its captions' unit features.
    """
    features = read_embeddings(path)
    if source.ids is None:
        raise InputError(f"{path}: the items of this training set have no ids to look up there")
    owners, vectors = _owned(features, path)
    place = pd.Index(owners).get_indexer(source.ids)
    if (place < 0).any():
        missing = np.flatnonzero(place < 0)
        raise InputError(
            f"{path}: no row for image {source.ids.iloc[missing[0]]!r} of the training set, nor "
            f"for {len(missing) - 1} others; embed this very training set"
        )
    numbers = source.ids.index.to_numpy()
    rows = np.zeros((numbers.max() + 1, vectors.shape[1]), np.float32)
    rows[numbers] = vectors[place]
    return rows


def _owned(features: Embeddings, path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray]:
    """Ids of images, and one vector for each: its own, or the mean of its captions'."""
    if not len(features):
        raise InputError(f"{path}: no rows; its encoder has no tower for this modality")
    if "kind" not in features.table:
        return features.table["id"].to_numpy(), features.vectors
    captions = np.flatnonzero(features.table["kind"] == "caption")
    named = as_words(features.table["image_id"].iloc[captions].reset_index(drop=True).explode())
    named = named[named.notna()]
    vectors = features.vectors[captions][named.index]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    ids, code = np.unique(named.to_numpy(str), return_inverse=True)
    means = np.zeros((len(ids), vectors.shape[1]))
    np.add.at(means, code, vectors)
    return ids, (means / np.bincount(code)[:, None]).astype(np.float32)
