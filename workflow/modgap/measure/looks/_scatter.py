"""Every item in two dimensions, whichever two a look chooses."""

import pandas as pd

from modgap.errors import InputError
from modgap.measure.inputs import Inputs
from modgap.measure.looks._names import with_names
from modgap.metrics.dimensions import GapDimensions, gap_dimensions


def plane_choices(inputs: Inputs) -> GapDimensions:
    """The gap by dimension, of at least two: a plane is to be chosen from them."""
    if inputs.images.shape[1] < 2:
        raise InputError("images and texts have one dimension; a scatter plot needs two")
    return gap_dimensions(inputs.images, inputs.texts)


def scatter(inputs: Inputs, first: int, second: int) -> pd.DataFrame:
    """Columns model, dataset, modality, dimension_x, dimension_y, x, y: one row per item."""
    parts = [
        pd.DataFrame(
            {
                "modality": modality,
                "dimension_x": first,
                "dimension_y": second,
                "x": vectors[:, first],
                "y": vectors[:, second],
            }
        )
        for modality, vectors in (("image", inputs.images), ("text", inputs.texts))
    ]
    return with_names(pd.concat(parts, ignore_index=True), inputs)
