"""Which items a closer is fitted on, and which it is judged on."""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import as_words
from modgap.metrics.interventions import calibration_split

_log = logging.getLogger(__name__)

# The column of moved embeddings that says which items the closer was fitted on.
CALIBRATION = "calibration"
# Fewer on either side give neither a mean nor a metric.
_LEAST = 2

Clouds = tuple[Embeddings, Embeddings]


@dataclass(frozen=True)
class Split:
    """Rows of images and of texts to fit on (`fitted`) and to judge on (`judged`): boolean masks.

    Class prompts are on both sides; with a share of 1 everything is.
    """

    images_fitted: np.ndarray
    images_judged: np.ndarray
    texts_fitted: np.ndarray
    texts_judged: np.ndarray

    def fitted(self, images: Embeddings, texts: Embeddings) -> Clouds:
        """The rows to fit on."""
        return _part(images, texts, (self.images_fitted, self.texts_fitted))

    def judged(self, images: Embeddings, texts: Embeddings) -> Clouds:
        """The rows to judge on."""
        return _part(images, texts, (self.images_judged, self.texts_judged))


def split_pair(images: Embeddings, texts: Embeddings, share: float, seed: int) -> Split:
    """Draw `share` of the images to fit on; captions go with their image.

    Parameters
    ----------
    images, texts
        Two embedding files that belong together.
    share
        In (0, 1]; 1 fits on all and judges on the same, which is said.
    seed
        Of the draw.

    Returns
    -------
    Split
        A caption of images on both sides is fitted on and not judged on.

    Raises
    ------
    InputError
        For a share outside (0, 1], and fewer than 2 images on either side.
    """
    n = len(images)
    if not 0 < share <= 1:
        raise InputError(
            f"calibration share {share:g}, expected more than 0 and at most 1: the share of images "
            "that the closer is fitted on (1: fitted on all of them, and judged on the same)"
        )
    if share == 1:
        _log.warning("fitted on all %d images and judged on the same ones", n)
        return Split(*(np.ones(size, bool) for size in (n, n, len(texts), len(texts))))
    if not _LEAST <= round(share * n) <= n - _LEAST:
        raise InputError(
            f"calibration share {share:g} of {n} images: {round(share * n)} to fit on and "
            f"{n - round(share * n)} to judge on; expected at least {_LEAST} of each"
        )
    fitted = np.zeros(n, bool)
    fitted[calibration_split(n, share, seed)[0]] = True
    return _split(images, texts, fitted)


def held_out(images: Embeddings, texts: Embeddings) -> Clouds:
    """Moved embeddings without the items that the move was fitted on, which is logged.

    Others come back as they are, and so do those that were fitted on everything.
    """
    if CALIBRATION not in images.table:
        return images, texts
    fitted = images.table[CALIBRATION].to_numpy(bool)
    images = Embeddings(images.table.drop(columns=CALIBRATION), images.vectors, images.metadata)
    if fitted.all():
        _log.warning("fitted on all %d images and judged on the same ones", len(images))
        return images, texts
    _log.info("%d of %d images were fitted on: left out", fitted.sum(), len(images))
    return _split(images, texts, fitted).judged(images, texts)


def _split(images: Embeddings, texts: Embeddings, fitted: np.ndarray) -> Split:
    captions = (texts.table["kind"] == "caption").to_numpy()
    of_fitted = np.zeros(len(texts), bool)
    of_fitted[_owned(texts, images.table["id"][fitted]).index] = True
    return Split(fitted, ~fitted, ~captions | of_fitted, ~captions | ~of_fitted)


def _owned(texts: Embeddings, image_ids: pd.Series) -> pd.Series:
    """Text row (the index, with repeats) and the id of each of the images that it belongs to."""
    named = texts.table["image_id"].reset_index(drop=True).explode()
    return named[as_words(named).isin(set(image_ids))]


def _part(images: Embeddings, texts: Embeddings, rows: tuple[np.ndarray, np.ndarray]) -> Clouds:
    """Some images and texts; a text is then of those of its images that are there."""
    images = images.select(rows[0])
    owned = _owned(texts, images.table["id"])
    if owned.index.has_duplicates:
        owned = owned.groupby(level=0).agg(list)
    table = texts.table.reset_index(drop=True).assign(image_id=owned)
    return images, Embeddings(table, texts.vectors, texts.metadata).select(rows[1])
