"""Table 2: how differently the modalities order neighbours."""

import pandas as pd

from modgap.claims.paper_values import with_paper_values

HEADINGS = {
    "dataset": "class set",
    "model": "model",
    "classes": "classes",
    "correct": "distance",
    "as_published": "as published",
    "chance": "chance",
    "paper_lowest": "paper, lowest",
    "paper_highest": "paper, highest",
}


def build(neighbours: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The neighbourhood test with the range of the paper's values, known only second-hand.

    `neighbours` has one row per model and class set: model, dataset, classes, correct (mean
    normalised Kendall distance of the two orders), as_published (what the official function gives)
    and chance; rows of several class sets are sorted by class set, then model. `reference` is
    config/reference_values.tsv; paper_lowest and paper_highest are the same in all rows, since no
    source says which class set they belong to. reference_chance is the chance that it states for
    this many classes.
    """
    frame = neighbours.sort_values(["dataset", "model"], kind="stable", ignore_index=True)
    for end in ("lowest", "highest"):
        place = ["two_effects", "table2", f"kendall_distance_{end}"]
        found = (reference[["source", "artifact", "metric"]] == place).all(axis="columns")
        frame[f"paper_{end}"] = reference.loc[found, "value"].max()
    # The other distances that the reference states are of data that no row of this table shows.
    keys = pd.DataFrame({"classes": frame["classes"], "variant": "chance"})
    keys = keys.assign(data="", true_distance="")
    place = ("two_effects", "table2", "kendall_distance")
    stated = with_paper_values(frame, reference, place, keys)["paper_value"]
    return frame.assign(reference_chance=stated)
