"""Retrieval by label: within one modality, and from one index that holds both."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import BUDGET, namespace, similarity_blocks, to_numpy
from modgap.metrics.checks import TIE, check_codes, check_ks, embedding_pair, embeddings
from modgap.metrics.rows import unit_rows


@dataclass(frozen=True)
class MixedRetrieval:
    """Retrieval from one index of images and texts.

    Attributes
    ----------
    recall_image, recall_text : float
        Share of image (text) queries with a matching item of the other modality among the k best.
    ndcg_image, ndcg_text : float
        Mean NDCG@k of image (text) queries, matching items of both modalities being relevant.
    other_image, other_text : float
        Share that the other modality has of the k best of an image (text) query.
    image_queries, text_queries : int
        Number of queries: items that have a matching one.
    """

    recall_image: float
    recall_text: float
    ndcg_image: float
    ndcg_text: float
    other_image: float
    other_text: float
    image_queries: int
    text_queries: int


def mixed_retrieval(
    images: Any,
    texts: Any,
    image_labels: Any = None,
    text_labels: Any = None,
    k: int = 10,
    budget: int = BUDGET,
) -> MixedRetrieval:
    """Recall and NDCG@k from one index of all images and texts, queried by each of them.

    An item is looked for among all other items of both modalities; those with its label match. With
    a gap, the items of its own modality come first and crowd the others out. Ties (within 1e-6)
    count against matching items.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d); rows are made unit length.
    image_labels, text_labels
        (N,) and (M,): equal labels match, e.g. the number of the image that a caption belongs to,
        or a class. Without them row i matches row i.
    k
        Length of the result list, below the number of items.
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    MixedRetrieval
        All values in [0, 1].

    Raises
    ------
    InputError
        For labels of the wrong length or missing, labels of one modality only, a k out of range, no
        image and text with one label, and for what `l2m` refuses.

    References
    ----------
    NDCG: Järvelin and Kekäläinen, Cumulated Gain-Based Evaluation of IR Techniques (TOIS 2002),
    with gains of 0 and 1.

    Examples
    --------
    >>> mixed = mixed_retrieval([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.1], [0.1, 1.0]], k=1)
    >>> mixed.recall_image, mixed.ndcg_text
    (1.0, 1.0)
    """
    images, texts = embedding_pair(images, texts)
    n, items = len(images), len(images) + len(texts)
    codes = _codes(image_labels, text_labels, n, len(texts))
    if not 1 <= k < items:
        raise InputError(f"k: {k}, expected 1 to {items - 1}, the number of other items")
    x, y = unit_rows(images, "images"), unit_rows(texts, "texts")
    index = namespace(x).concatenate([x, y])
    values = []
    for queries, first, other in ((x, 0, slice(n, items)), (y, n, slice(0, n))):
        nearest, relevant = _nearest(queries, index, codes, first, k, budget)
        own = codes[first : first + len(queries)]
        of_other = (nearest >= other.start) & (nearest < other.stop)
        crossed = np.isin(own, codes[other])
        if not crossed.any():
            raise InputError("labels: no image and text have the same label; nothing matches")
        hits = (relevant & of_other).any(axis=1)[crossed]
        matching = np.bincount(codes)[own] - 1
        gains = _ndcg(relevant[crossed], matching[crossed])
        values.append((hits.mean(), gains.mean(), of_other[crossed].mean(), int(crossed.sum())))
    by_measure = [float(value) for pair in zip(*values, strict=True) for value in pair]
    return MixedRetrieval(*by_measure[:6], *(int(count) for count in by_measure[6:]))


def in_modality_recall(
    vectors: Any, labels: Any, ks: tuple[int, ...] = (1, 5, 10), budget: int = BUDGET
) -> dict[int, float]:
    """Share of items with another item of their label among the k most similar of their modality.

    Ties (within 1e-6) count against matching items. Items whose label no other has are no queries
    but do compete.

    Parameters
    ----------
    vectors
        (N, d) embeddings of one modality; rows are made unit length.
    labels
        (N,) labels, numbers or strings.
    ks
        Cut-offs, positive integers below N.
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    dict
        k → share, in [0, 1].

    Raises
    ------
    InputError
        For labels of the wrong length or missing, labels that no two items share, a k out of range,
        rows that are not finite or are zero.

    References
    ----------
    Recall@k as in Jégou et al., Product Quantization for Nearest Neighbor Search (TPAMI 2011), for
    any item of the label.

    Examples
    --------
    >>> in_modality_recall([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]], ["a", "a", "b"], ks=(1,))
    {1: 1.0}
    """
    vectors, ks = embeddings(vectors, "vectors"), check_ks(ks)
    codes = np.unique(check_codes(labels, len(vectors), "labels"), return_inverse=True)[1]
    if max(ks) >= len(vectors):
        raise InputError(f"ks: {max(ks)}, expected at most {len(vectors) - 1}, all other items")
    queries = np.bincount(codes)[codes] > 1
    if not queries.any():
        raise InputError("labels: no two items share a label; expected a class with two items")
    unit = unit_rows(vectors, "vectors")
    _, relevant = _nearest(unit, unit, codes, 0, max(ks), budget)
    return {k: float(relevant[queries, :k].any(axis=1).mean()) for k in ks}


def _codes(image_labels: Any, text_labels: Any, n: int, m: int) -> np.ndarray:
    """One class number per item of the index, images first."""
    if (image_labels is None) != (text_labels is None):
        raise InputError("labels: given for one modality; expected them for both or for neither")
    if image_labels is None:
        if n != m:
            raise InputError(
                f"labels: {n} images and {m} texts; without labels row i matches row i, so the "
                "numbers must agree. Give image_labels and text_labels"
            )
        return np.tile(np.arange(n), 2)
    first, second = np.asarray(image_labels), np.asarray(text_labels)
    for labels, items, name in ((first, n, "image_labels"), (second, m, "text_labels")):
        check_codes(labels, items, name)
    both = np.concatenate([first, second])
    return np.unique(both.astype(str) if both.dtype == object else both, return_inverse=True)[1]


def _nearest(
    queries: Any, index: Any, codes: np.ndarray, first: int, k: int, budget: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best items (n, k) for each query, itself left out, and whether their codes match.

    Query i is item `first` + i of the index.
    """
    nearest = np.empty((len(queries), k), np.int64)
    for start, stop, block in similarity_blocks(queries, index, budget, per_value=24):
        rows = np.arange(stop - start)
        cosines = to_numpy(block)
        own = codes[first + start : first + stop]
        # A wrong item within the tie goes before a right one.
        cosines = np.where(own[:, None] == codes, cosines - TIE, cosines)
        cosines[rows, rows + (first + start)] = -np.inf
        best = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(cosines, best, 1), axis=1, kind="stable")
        nearest[start:stop] = np.take_along_axis(best, order, 1)
    own = codes[first : first + len(queries)]
    return nearest, codes[nearest] == own[:, None]


def _ndcg(relevant: np.ndarray, matching: np.ndarray) -> np.ndarray:
    """NDCG of each result list; `matching` is how many items there are to be had."""
    discounts = 1 / np.log2(np.arange(relevant.shape[1]) + 2)
    ideal = np.cumsum(discounts)[np.minimum(matching, relevant.shape[1]) - 1]
    return (relevant * discounts).sum(axis=1) / ideal
