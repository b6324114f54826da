"""Neighbours: do the modalities order the classes alike, and do the clouds mix?"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import BUDGET, count_rows, like, namespace, similarity_blocks, to_numpy
from modgap.metrics.checks import TIE, check_classes, embedding_pair, is_tensor
from modgap.metrics.rows import unit_gather, unit_rows


@dataclass(frozen=True)
class Neighbourhood:
    """Mean normalised Kendall distance between the image and the text order of the classes.

    Attributes
    ----------
    distance : float
        Correct, in [0, 1]: 0 the same order, 1 reversed.
    published : float
        What the official function returns.
    chance : float
        What random orders give.
    by_class : numpy.ndarray
        (C,) the correct distance of each class.
    """

    distance: float
    published: float
    chance: float
    by_class: np.ndarray


def neighbourhood_distance(images: Any, image_labels: Any, texts: Any) -> Neighbourhood:
    """Do images and texts see the same classes as near?

    For each class, all classes are ordered by their mean image–image cosine with it (all image
    pairs, an image with itself too), and by the cosine of their texts; the two orders are compared
    by the share of class pairs that they put the other way round.

    `published` is the same average for the official function, which is given ranks where it expects
    orders and so compares inverse permutations: it changes when classes are renumbered and lies
    near 0.5 unless the orders are all but equal. `chance` is (1 − 2/C) / 2, since a class is
    nearest to itself in both orders.

    Parameters
    ----------
    images
        (N, d); rows are made unit length.
    image_labels
        (N,) class rows 0…C−1, at least one image of each.
    texts
        (C, d), one embedding per class.

    Returns
    -------
    Neighbourhood

    Raises
    ------
    InputError
        For labels of the wrong length or out of range, a class without images, fewer than two
        classes, rows that are not finite or are zero.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Table 2.

    Examples
    --------
    >>> clock = np.array([[np.cos(hour), np.sin(hour)] for hour in (0.0, 1.0, 2.5)])
    >>> orders = neighbourhood_distance(clock, [0, 1, 2], clock[:, ::-1])
    >>> orders.distance, round(orders.chance, 4)
    (0.0, 0.1667)
    """
    images, texts = embedding_pair(images, texts)
    labels = check_classes(image_labels, len(images), len(texts), "image_labels")
    classes = len(texts)
    counts = np.bincount(labels, minlength=classes)
    if (counts == 0).any():
        raise InputError(
            f"image_labels: class {int(np.argmin(counts))} has no image; expected at least one "
            f"image of each of the {classes} texts"
        )
    means = _class_means(images, labels, counts)
    unit = unit_gather(texts, "texts", np.arange(classes))
    by_image = np.argsort(-(means @ means.T), axis=1, kind="stable")
    by_text = np.argsort(-(unit @ unit.T), axis=1, kind="stable")
    ranks = np.argsort(by_image, axis=1), np.argsort(by_text, axis=1)
    right = np.array([_kendall_distance(a, b) for a, b in zip(*ranks, strict=True)])
    inverse = [_kendall_distance(a, b) for a, b in zip(by_image, by_text, strict=True)]
    chance = 0.5 * (1 - 2 / classes)
    return Neighbourhood(float(right.mean()), float(np.mean(inverse)), chance, right)


def _class_means(images: Any, labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Means of the unit embeddings of each class: their products are the mean cosines."""
    sums = np.zeros((len(counts), images.shape[1]))
    for start in range(0, len(images), 8192):
        unit = to_numpy(unit_rows(images[start : start + 8192], "images"))
        np.add.at(sums, labels[start : start + 8192], unit)
    return sums / counts[:, None]


def _kendall_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Share of pairs of positions that two permutations order differently."""
    sequence = second[np.argsort(first)]
    inversions = np.count_nonzero(np.triu(sequence[:, None] > sequence[None, :]))
    return inversions / (len(sequence) * (len(sequence) - 1) / 2)


def cross_modal_neighbours(images: Any, texts: Any, k: int = 10, budget: int = BUDGET) -> float:
    """Share of the other modality among the k nearest neighbours, over all items of both clouds.

    Neighbours are sought in both clouds together, an item is not its own. Items as far as the k-th
    (within 1e-6) share the places that are left. Memory: both clouds in float32 and `budget` bytes.

    Parameters
    ----------
    images, texts
        (N, d) and (M, d): NumPy arrays (memory maps too), nested lists or torch tensors, of any
        floating-point type; rows are made unit length.
    k
        Neighbours of each item, below the number of items.
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    float
        In [0, 1]: 0 when the clouds are apart; clouds that mix freely give the share that the other
        modality has of all items, ½ for equal numbers.

    Raises
    ------
    InputError
        For a k below 1 or above the number of other items, and for what `l2m` refuses.

    References
    ----------
    A mean over items of the statistic of Schilling, Multivariate Two-Sample Tests Based on Nearest
    Neighbors (JASA 1986).

    Examples
    --------
    >>> cross_modal_neighbours([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.1], [0.1, 1.0]], k=1)
    1.0
    """
    images, texts = embedding_pair(images, texts)
    x, y = unit_rows(images, "images"), unit_rows(texts, "texts")
    items = len(x) + len(y)
    if not 1 <= k < items:
        raise InputError(f"k: {k}, expected 1 to {items - 1}, the number of other items")
    both = namespace(x).concatenate([x, y])
    total = 0.0
    for queries, first, other in ((x, 0, slice(len(x), items)), (y, len(x), slice(0, len(x)))):
        for start, stop, block in similarity_blocks(queries, both, budget, per_value=10):
            rows = like(np.arange(stop - start), x)
            block[rows, rows + (first + start)] = -2
            total += _share(block, other, k).sum()
    return float(total / items)


def _share(block: Any, other: slice, k: int) -> np.ndarray:
    """Per row, the share of columns `other` among the k largest values."""
    least = _kth_largest(block, k)[:, None]
    above, near = block > least + TIE, block >= least - TIE
    certain, sure = count_rows(above), count_rows(above[:, other])
    tied, open_places = count_rows(near) - certain, k - certain
    return (sure + open_places * (count_rows(near[:, other]) - sure) / tied) / k


def _kth_largest(block: Any, k: int) -> Any:
    if is_tensor(block):
        return block.topk(k, dim=1).values[:, -1]
    # Far faster than np.partition for a few neighbours: keep the maximum of each group of columns,
    # and look again only into the group that a maximum was taken from.
    count, width = len(block), int(block.shape[1] ** 0.5)
    groups = np.full((count, -(-block.shape[1] // width) * width), -np.inf, np.float32)
    groups[:, : block.shape[1]] = block
    groups = groups.reshape(count, -1, width)
    tops, rows = groups.max(axis=2), np.arange(count)
    for _ in range(k - 1):
        best = tops.argmax(axis=1)
        group = groups[rows, best]
        group[rows, group.argmax(axis=1)] = -np.inf
        groups[rows, best] = group
        tops[rows, best] = group.max(axis=1)
    return tops.max(axis=1)
