"""Shape of the two clouds and how far they mix, as rows of the metric table."""

import logging

import numpy as np

from modgap.errors import InputError
from modgap.measure.inputs import Inputs
from modgap.measure.rows import row, share_row
from modgap.metrics.checks import UnitRows
from modgap.metrics.geometry import Moments, effective_rank, moments, spread, uniformity
from modgap.metrics.margins import margins
from modgap.metrics.neighbours import cross_modal_neighbours
from modgap.metrics.separability import separability_hits
from modgap.metrics.subspaces import cosine_of_gap

_log = logging.getLogger(__name__)

# Mixing is judged on equally many items of each modality, at most this many.
_MOST = 5000
NEIGHBOURS = 10


def cloud_rows(
    inputs: Inputs, images: UnitRows, texts: UnitRows, seed: int, confidence: float
) -> list[dict]:
    """Uniformity, effective rank and similarity spread of each cloud; the gap; margins; mixing.

    `similarity_spread` (both) is that of all image–text cosines, `gap_cosine` says how far the
    clouds vary along the gap. `linear_separability` and
    `cross_modal_neighbours` (10 nearest) take one caption per image and equally many items of each
    modality, at most 5,000 drawn with `seed`, so that no gap means ½ for both.
    """
    rows, shapes = [], []
    for modality, cloud in (("image", images), ("text", texts)):
        n = len(cloud)
        shapes.append(moments(cloud, modality))
        rows.append(row(("uniformity", modality), uniformity(cloud), n))
        rows.append(row(("effective_rank", modality), effective_rank(cloud), n))
        rows.append(row(("similarity_spread", modality), spread(shapes[-1]), n))
    rows.append(row(("similarity_spread", "both"), spread(*shapes), len(images) + len(texts)))
    rows += _gap_rows(*shapes)
    rows += _margin_rows(inputs, images, texts)
    images, texts = _balanced(inputs, images, texts, seed)
    if 2 * len(images) > NEIGHBOURS:
        mixing = cross_modal_neighbours(images, texts, NEIGHBOURS)
        rows.append(row(("cross_modal_neighbours", "both"), mixing, 2 * len(images)))
        hits, n = separability_hits(images, texts, seed)
        rows.append(share_row(("linear_separability", "both"), hits, n, confidence))
    else:
        text = "%d images with a text: too few for cross_modal_neighbours and linear_separability"
        _log.warning(text, len(images))
    return rows


def _gap_rows(images: Moments, texts: Moments) -> list[dict]:
    try:
        return [row(("gap_cosine", "both"), cosine_of_gap(images, texts), images.n + texts.n)]
    except InputError as error:
        _log.info("no gap_cosine: %s", error)
        return []


def _margin_rows(inputs: Inputs, images: UnitRows, texts: UnitRows) -> list[dict]:
    """Margin and relative bias by definition, and with 1 % of either kind of pair left out."""
    tails = {"": 0.0, ":one_percent": 0.01}
    by_tail = margins(images, texts, inputs.pairs, tuple(tails.values()), inputs.groups)
    rows = []
    for suffix, limits in zip(tails, by_tail, strict=True):
        for name in ("margin", "relative_bias"):
            rows.append(row((name + suffix, "both"), getattr(limits, name), len(inputs.pairs)))
    return rows


def _balanced(
    inputs: Inputs, images: UnitRows, texts: UnitRows, seed: int
) -> tuple[UnitRows, UnitRows]:
    """Equally many images and texts; with captions, each image and its first caption."""
    rng = np.random.default_rng(seed)
    if inputs.captions:
        image, first = np.unique(inputs.pairs[:, 0], return_index=True)
        drawn = rng.permutation(len(image))[:_MOST]
        return images.select(image[drawn]), texts.select(inputs.pairs[first[drawn], 1])
    n = min(len(images), len(texts), _MOST)
    return tuple(cloud.select(rng.permutation(len(cloud))[:n]) for cloud in (images, texts))
