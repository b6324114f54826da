"""Real words, ideal words, and ideal words moved towards the images."""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import Inputs, inputs_of
from modgap.measure.looks._names import with_names
from modgap.metrics.blocks import similarity_blocks
from modgap.metrics.pairs import pair_cosines
from modgap.metrics.rows import unit_rows

VARIANTS = ("real_words", "ideal_words", "minus_u0", "plus_gap", "minus_u0_plus_gap")
_MEASURES = ["attribute_accuracy", "object_accuracy", "mean_cosine"]


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """Accuracy and mean cosine with five versions of the prompts "attribute object".

    With u(a, o) the unit embedding of the prompt of attribute a and object o, all pairs present:
    u0 = mean of all u(a, o); the ideal word of a is the mean of u(a, o) over all objects − u0, that
    of o the mean over all attributes − u0. The versions of a pair, all made unit length again:

    - real_words: u(a, o)
    - ideal_words: u0 + ideal word of a + ideal word of o
    - minus_u0: ideal word of a + ideal word of o
    - plus_gap: ideal_words + g, where g = mean unit image − mean own prompt of the images
    - minus_u0_plus_gap: minus_u0 + g

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row per version: model, dataset, variant, attribute_accuracy, object_accuracy,
        mean_cosine. Each image is given the pair of highest cosine (the first of equal ones);
        attribute_accuracy and object_accuracy are the shares of images whose attribute and object
        are right, mean_cosine is that of images with their own pair. Images whose own pair has no
        prompt are left out. Where a data set has several attribute factors the numbers are means
        over them.

    Raises
    ------
    InputError
        Without pair prompts, or if an attribute lacks a prompt with some object.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), Table 5; ideal words: Trager et al.,
    Linear Spaces of Meanings (ICCV 2023).
    """
    inputs = inputs_of(images, texts)
    if not inputs.pair_rows:
        raise InputError("texts: no pair prompts (kind 'pair'), which ideal words are made from")
    rows = [row for factor in inputs.pair_rows for row in _of_factor(inputs, factor)]
    frame = pd.DataFrame(rows).groupby("variant", sort=False)[_MEASURES].mean().reset_index()
    return with_names(frame, inputs)


def _of_factor(inputs: Inputs, factor: str) -> list[dict]:
    here = np.flatnonzero(inputs.pair_table["factor"] == factor)
    table = inputs.pair_table.iloc[here]
    attributes, attribute_code = np.unique(table["label"].astype(str), return_inverse=True)
    objects, object_code = np.unique(table["object"].astype(str), return_inverse=True)
    if len(here) != len(attributes) * len(objects):
        raise InputError(
            f"texts: {len(here)} pair prompts of {factor}, expected one for each of "
            f"{len(attributes)} labels with each of {len(objects)} objects"
        )
    # Prompts in the order of the grid, attributes first: pair (a, o) is row a · |objects| + o.
    place = attribute_code * len(objects) + object_code
    real = inputs.pair_vectors[here[np.argsort(place)]]
    position = np.full(len(inputs.pair_vectors), -1)
    position[here] = place
    own = np.where(inputs.pair_rows[factor] >= 0, position[inputs.pair_rows[factor]], -1)
    known = np.flatnonzero(own >= 0)
    if len(known) < 2:
        raise InputError(f"images: fewer than two have a pair prompt of {factor}")
    images, own = inputs.images[known], own[known]
    gap = images.mean(axis=0, dtype=np.float64) - real[own].mean(axis=0, dtype=np.float64)
    grid = real.reshape(len(attributes), len(objects), -1).astype(np.float64)
    return [
        {"variant": name, **_scores(images, unit_rows(vectors, name), own, len(objects))}
        for name, vectors in _versions(grid, gap).items()
    ]


def _versions(grid: np.ndarray, gap: np.ndarray) -> dict[str, np.ndarray]:
    """The five versions of the prompts `grid` (attributes, objects, d), each (pairs, d)."""
    centre = grid.mean(axis=(0, 1))
    attribute_words = grid.mean(axis=1, keepdims=True) - centre
    object_words = grid.mean(axis=0, keepdims=True) - centre
    words = attribute_words + object_words
    versions = (grid, centre + words, words, centre + words + gap, words + gap)
    flat = (version.reshape(-1, grid.shape[2]) for version in versions)
    return dict(zip(VARIANTS, flat, strict=True))


def _scores(images: np.ndarray, prompts: np.ndarray, own: np.ndarray, objects: int) -> dict:
    guess = np.empty(len(images), np.int64)
    for start, stop, block in similarity_blocks(images, prompts):
        guess[start:stop] = block.argmax(axis=1)
    pairs = np.column_stack([np.arange(len(images)), own])
    return {
        "attribute_accuracy": float((guess // objects == own // objects).mean()),
        "object_accuracy": float((guess % objects == own % objects).mean()),
        "mean_cosine": float(pair_cosines(images, prompts, pairs).mean()),
    }
