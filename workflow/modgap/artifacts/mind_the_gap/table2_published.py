"""Table 2 from the counts that its notebook prints: the arithmetic, and what it can tell."""

import pandas as pd

from modgap.artifacts.mind_the_gap._group_rates import RATE_HEADINGS, with_rates
from modgap.claims.paper_values import with_paper_values
from modgap.data.fairface import HARMFUL
from modgap.measure.group_counts import ANY, counts_of_confusion

HEADINGS = {
    "gap": "gap",
    **RATE_HEADINGS,
    "paper_value": "paper, rate",
    "paper_note": "paper note",
    "accuracy": "accuracy (printed)",
}
# The shift of images along COCO's gap vector, and the gap as the paper has it.
_GAPS = {0.0: "0.82", -0.2: "0.97", -1.0: "1.288", 0.75: "0.070"}


def headings() -> dict[str, str]:
    """Ours from the counts beside the printed percentages."""
    return HEADINGS


def numbers(
    confusion: pd.DataFrame, reference: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """The rate of each harmful category in each group, at each of the four gaps.

    Parameters
    ----------
    confusion
        config/fairface_confusion.tsv: delta, accuracy, group, prediction, faces.
    reference
        Stated values.
    confidence
        Of the interval of a rate (Wilson), in (0, 1). The counts do not say which faces changed:
        a paired test cannot be made of them.

    Returns
    -------
    pandas.DataFrame
        One row per gap, group and outcome (crime, non_human, any): delta, accuracy (as printed),
        gap, group, outcome, count, n, rate, low, high, paper_value, paper_note.

    Raises
    ------
    InputError
        If the table holds no prediction of a category.
    """
    rates = with_rates(counts_of_confusion(confusion, HARMFUL), confidence)
    rates.insert(0, "gap", rates["delta"].map(_GAPS))
    keys = rates[["group", "gap"]].assign(label=rates["outcome"].replace(ANY, "sum"))
    return with_paper_values(rates, reference, ("mind_the_gap", "table2", "share"), keys)
