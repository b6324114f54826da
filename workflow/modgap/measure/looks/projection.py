"""Pairs of embeddings in two dimensions."""

import warnings

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.looks._names import with_names
from modgap.measure.one_caption import one_caption_each

PAIRS = 500
NEIGHBOURS = 15


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """The first 500 images and the last caption of each, by uncentred SVD and by UMAP.

    The SVD is that of all these unit vectors together, of which the two largest components are
    kept, without centring, as in the published notebooks. UMAP has its usual settings.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set with captions.
    seed
        Of UMAP.

    Returns
    -------
    pandas.DataFrame
        One row per method (svd, umap), modality (image, text) and pair: model, dataset, method,
        modality, pair (row of the image), x, y.

    Raises
    ------
    InputError
        Without captions, and if there are no more points than UMAP's 15 neighbours.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), Fig. 1; McInnes et al., UMAP, arXiv 1802.03426.
    """
    inputs = inputs_of(images, texts)
    left, right = (part[:PAIRS] for part in one_caption_each(inputs, "last"))
    points = np.concatenate([left, right])
    pairs = np.arange(len(left))
    parts = []
    for method, plane in (("svd", uncentred_svd(points)), ("umap", umap_plane(points, seed))):
        frame = pd.DataFrame(plane, columns=["x", "y"])
        frame.insert(0, "pair", np.tile(pairs, 2))
        frame.insert(0, "modality", np.repeat(["image", "text"], len(pairs)))
        frame.insert(0, "method", method)
        parts.append(frame)
    return with_names(pd.concat(parts, ignore_index=True), inputs)


def uncentred_svd(points: np.ndarray) -> np.ndarray:
    """The rows of `points` (n, d) along their two largest singular directions, (n, 2).

    Signs are chosen so that the largest coordinate of each column is positive.

    >>> uncentred_svd(np.array([[3.0, 0.0], [0.0, -1.0]])).tolist()
    [[3.0, 0.0], [0.0, 1.0]]
    """
    left, values, _ = np.linalg.svd(np.asarray(points, np.float64), full_matrices=False)
    plane = left[:, :2] * values[:2]
    largest = plane[np.abs(plane).argmax(axis=0), [0, 1]]
    return plane * np.where(largest < 0, -1.0, 1.0) + 0.0


def umap_plane(points: np.ndarray, seed: int, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """The rows of `points` (n, d) in UMAP's plane, (n, 2); the same every time for one seed.

    Raises `InputError` if there are no more points than `neighbours`.
    """
    if len(points) <= neighbours:
        raise InputError(
            f"UMAP: {len(points)} points, expected more than its {neighbours} neighbours; measure "
            "more items"
        )
    # Imported here: its compiler takes seconds that nothing else should wait for.
    from umap import UMAP

    with warnings.catch_warnings():
        # It says that a seed means one thread, which is what is asked for.
        warnings.filterwarnings("ignore", message="n_jobs value")
        plane = UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1).fit_transform(points)
    return np.asarray(plane, np.float64)
