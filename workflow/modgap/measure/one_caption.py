"""Images with one caption each, as pairs of rows."""

import logging

import numpy as np

from modgap.errors import InputError
from modgap.measure.inputs import Inputs

_LOG = logging.getLogger(__name__)


def one_caption_each(inputs: Inputs, which: str = "first") -> tuple[np.ndarray, np.ndarray]:
    """Unit images and the caption of each, row by row.

    Parameters
    ----------
    inputs
        One model on one data set with captions.
    which
        Of an image's captions, in the order of the file: "first" (Mind the Gap, Fig. 2 and 3) or
        "last" (its Fig. 1 and all of its training). Images without a caption are left out; how many
        captions and images that leaves aside is logged.

    Returns
    -------
    Two (n, d) arrays, float32, in the order of the images.

    Raises
    ------
    InputError
        If there are no captions.
    """
    if not inputs.captions:
        raise InputError(
            f"data set {inputs.metadata.get('dataset', '')!r} has no captions: there are no pairs "
            "of an image and its own text. Give a data set of the role retrieval"
        )
    order = np.arange(len(inputs.pairs))[:: 1 if which == "first" else -1]
    images, place = np.unique(inputs.pairs[order, 0], return_index=True)
    captions = inputs.pairs[order[place], 1]
    if len(captions) < len(inputs.texts) or len(images) < len(inputs.images):
        _LOG.info(
            "the %s caption of each image: %d of %d captions, %d of %d images",
            which,
            len(captions),
            len(inputs.texts),
            len(images),
            len(inputs.images),
        )
    return inputs.images[images], inputs.texts[captions]
