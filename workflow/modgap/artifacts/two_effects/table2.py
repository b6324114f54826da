"""Table 2: how differently the modalities order neighbours."""

import pandas as pd

from modgap.claims.paper_values import stated_values, with_paper_values

_PLACE = ("two_effects", "table2")


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {
        "dataset": "class set",
        "model": "model",
        "classes": "classes",
        "correct": "distance",
        "as_published": "as published",
        "chance": "chance",
        "paper_lowest": "paper, lowest",
        "paper_highest": "paper, highest",
    }


def numbers(look: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The neighbourhood test with the range of the paper's values, known only second-hand.

    Parameters
    ----------
    look
        One row per model and class set: model, dataset, classes, correct (mean normalised Kendall
        distance of the two orders), as_published (what the official function gives), chance.
    reference
        config/reference_values.tsv.

    Returns
    -------
    pandas.DataFrame
        `look` sorted by class set, then model, with paper_lowest and paper_highest (the same in all
        rows, since no source says which class set they belong to) and reference_chance (the chance
        that the reference states for this many classes).
    """
    frame = look.sort_values(["dataset", "model"], kind="stable", ignore_index=True)
    for end in ("lowest", "highest"):
        stated = stated_values(reference, (*_PLACE, f"kendall_distance_{end}"))
        frame[f"paper_{end}"] = stated["value"].max()
    # The other distances that the reference states are of data that no row of this table shows.
    keys = pd.DataFrame({"classes": frame["classes"], "variant": "chance"})
    keys = keys.assign(data="", true_distance="")
    chance = with_paper_values(frame, reference, (*_PLACE, "kendall_distance"), keys)
    return frame.assign(reference_chance=chance["paper_value"])
