"""Zero-shot classification with one prompt embedding per class."""

from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import BUDGET, count_rows, like, similarity_blocks
from modgap.metrics.checks import TIE, check_classes, check_ks, embedding_pair
from modgap.metrics.rows import unit_gather, unit_rows


def zero_shot_accuracy(
    images: Any, prompts: Any, labels: Any, ks: tuple[int, ...] = (1,), budget: int = BUDGET
) -> dict[int, float]:
    """Share of images whose own class is among the k classes with the most similar prompt.

    Ties count against the hit, as in `recall_at_k`: prompts that have collapsed give 0.

    Parameters
    ----------
    images
        (N, d); rows are made unit length.
    prompts
        (C, d), one embedding per class (the mean of the class's unit prompts if there are several).
    labels
        (N,) the class row 0…C−1 of each image.
    ks
        Cut-offs, positive integers.
    budget
        Memory for a block of similarities, in bytes.

    Returns
    -------
    dict
        k → share of images, in [0, 1].

    Raises
    ------
    InputError
        For labels of the wrong length or out of range, fewer than two prompts, rows that are not
        finite or are zero, unequal dimensions.

    References
    ----------
    Radford et al., Learning Transferable Visual Models (ICML 2021), section 3.1.

    Examples
    --------
    >>> images, prompts = [[1.0, 0.1], [1.0, 0.2], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]
    >>> zero_shot_accuracy(images, prompts, [0, 1, 1])
    {1: 0.6666666666666666}
    """
    ks = check_ks(ks)
    ranks = class_ranks(images, prompts, labels, budget)
    return {k: float(np.mean(ranks <= k)) for k in ks}


def changed_answers(
    images: Any, prompts: Any, noise: float = 0.1, draws: int = 10, seed: int = 0
) -> np.ndarray:
    """How often noise on an image's embedding changes the class it is given.

    Parameters
    ----------
    images, prompts
        (N, d) and (C, d); rows are made unit length.
    noise
        Root mean square length of the normal noise that is added to the unit embedding, the same in
        every direction; above 0.
    draws
        Noises per image.
    seed
        Of the noise.

    Returns
    -------
    numpy.ndarray
        (N,) share of the draws in which the most similar prompt is another one, in [0, 1].

    Raises
    ------
    InputError
        For no noise, no draws, and what `zero_shot_accuracy` refuses.

    References
    ----------
    Ours, for the robustness that arXiv 2603.29080 speaks of.

    Examples
    --------
    >>> changed_answers([[1.0, 0.0], [1.0, 0.99]], [[1.0, 0.0], [0.0, 1.0]])
    array([0. , 0.7])
    """
    images, prompts = embedding_pair(images, prompts, ("images", "prompts"))
    if not noise > 0 or draws < 1:
        raise InputError(f"noise {noise}, draws {draws}; expected noise above 0, at least one draw")
    whole = slice(None)
    x, y = unit_gather(images, "images", whole), unit_gather(prompts, "prompts", whole)
    before = (x @ y.T).argmax(axis=1)
    generator = np.random.default_rng(seed)
    changed = np.zeros(len(x))
    for _ in range(draws):
        moved = x + generator.normal(scale=noise / np.sqrt(x.shape[1]), size=x.shape)
        changed += (moved @ y.T).argmax(axis=1) != before
    return changed / draws


def class_ranks(images: Any, prompts: Any, labels: Any, budget: int = BUDGET) -> np.ndarray:
    """Rank (1 = first) of each image's own class; arguments as `zero_shot_accuracy`."""
    images, prompts = embedding_pair(images, prompts, ("images", "prompts"))
    labels = check_classes(labels, len(images), len(prompts), "labels")
    x, y = unit_rows(images, "images"), unit_rows(prompts, "prompts")
    ranks = np.empty(len(x), np.int64)
    for start, stop, block in similarity_blocks(x, y, budget):
        own = block[like(np.arange(stop - start), x), like(labels[start:stop], x)]
        ranks[start:stop] = count_rows(block >= own[:, None] - TIE)
    return ranks
