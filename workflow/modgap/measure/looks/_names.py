"""What every look's table starts with."""

import pandas as pd

from modgap.measure.inputs import Inputs


def with_names(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """`frame` with the columns model and dataset put before its own."""
    for place, key in enumerate(("model", "dataset")):
        frame.insert(place, key, str(inputs.metadata.get(key, "")))
    return frame
