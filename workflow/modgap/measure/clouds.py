"""Shape of the two clouds and how far they mix, as rows of the metric table."""

import numpy as np

from modgap.measure.inputs import Inputs
from modgap.measure.rows import row, share_row
from modgap.metrics.geometry import effective_rank, similarity_spread, uniformity
from modgap.metrics.neighbours import cross_modal_neighbours
from modgap.metrics.separability import separability_hits

# Mixing is judged on equally many items of each modality, at most this many.
_MOST = 5000
NEIGHBOURS = 10


def cloud_rows(inputs: Inputs, seed: int, confidence: float) -> list[dict]:
    """Uniformity, effective rank and similarity spread of each cloud; separability and mixing.

    `similarity_spread` (both) is that of all image–text cosines. `linear_separability` and
    `cross_modal_neighbours` (10 nearest) take one caption per image and equally many items of each
    modality, at most 5,000 drawn with `seed`, so that no gap means ½ for both.
    """
    rows = []
    for modality, vectors in (("image", inputs.images), ("text", inputs.texts)):
        n = len(vectors)
        for name, metric in (
            ("uniformity", uniformity),
            ("effective_rank", effective_rank),
            ("similarity_spread", similarity_spread),
        ):
            rows.append(row((name, modality), metric(vectors), n))
    spread = similarity_spread(inputs.images, inputs.texts)
    rows.append(row(("similarity_spread", "both"), spread, len(inputs.images) + len(inputs.texts)))
    images, texts = _balanced(inputs, seed)
    if 2 * len(images) > NEIGHBOURS:
        mixing = cross_modal_neighbours(images, texts, NEIGHBOURS)
        rows.append(row(("cross_modal_neighbours", "both"), mixing, 2 * len(images)))
        hits, n = separability_hits(images, texts, seed)
        rows.append(share_row(("linear_separability", "both"), hits, n, confidence))
    return rows


def _balanced(inputs: Inputs, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Equally many images and texts; with captions, each image and its first caption."""
    rng = np.random.default_rng(seed)
    if inputs.captions:
        image, first = np.unique(inputs.pairs[:, 0], return_index=True)
        drawn = rng.permutation(len(image))[:_MOST]
        return inputs.images[image[drawn]], inputs.texts[inputs.pairs[first[drawn], 1]]
    n = min(len(inputs.images), len(inputs.texts), _MOST)
    return tuple(cloud[rng.permutation(len(cloud))[:n]] for cloud in (inputs.images, inputs.texts))
