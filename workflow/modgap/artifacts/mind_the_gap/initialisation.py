"""Section 4.3: is the gap inherited from the initialisation, or made by optimisation?"""

import pandas as pd

from modgap.claims.paper_values import with_paper_values
from modgap.errors import InputError
from modgap.stats import mean_interval
from modgap.stats.summaries import check_columns

HEADINGS = {
    "initialisation": "initialisation",
    "moment": "moment",
    "mean": "L2M",
    "low": "low",
    "high": "high",
    "n": "seeds",
    "paper_value": "paper L2M",
    "paper_note": "paper note",
}


def headings() -> dict[str, str]:
    """The gap at the start and at the end, and what training changed."""
    return HEADINGS


def numbers(
    histories: pd.DataFrame,
    models: pd.DataFrame,
    reference: pd.DataFrame,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The gap before and after training, by how the models were initialised.

    Parameters
    ----------
    histories
        Training histories: model, step, l2m (missing at steps that were not probed).
    models
        Model table with initialisation ("random", or "procrustes": texts turned so as to lie on
        their images) and seed.
    reference
        Stated values.
    confidence
        Of the interval over seeds (Student's t), in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per initialisation and moment: "start" and "end", the first and the last probed
        step, and "change", end − start within a model; mean, low, high, n (seeds), paper_value and
        paper_note.

    Raises
    ------
    InputError
        If the model table lacks a column, or a model was probed less than twice.
    """
    check_columns(models, ["initialisation", "seed"], "initialisation")
    probed = histories.dropna(subset=["l2m"]).sort_values("step").groupby("model")["l2m"]
    ends = pd.DataFrame({"start": probed.first(), "end": probed.last(), "times": probed.size()})
    frame = models[["model", "initialisation"]].merge(
        ends, left_on="model", right_index=True, how="left"
    )
    few = frame.loc[~(frame["times"] >= 2), "model"]
    if len(few) or frame.empty:
        raise InputError(
            f"initialisation: the gap of {few.tolist() or 'no model'} was probed less than twice; "
            "check training: probe_every"
        )
    frame["change"] = frame["end"] - frame["start"]
    rows = []
    for initialisation, group in frame.groupby("initialisation", sort=False):
        for moment in ("start", "end", "change"):
            mean = mean_interval(group[moment], confidence)
            rows.append((initialisation, moment, mean.value, mean.low, mean.high, mean.n))
    table = pd.DataFrame(rows, columns=["initialisation", "moment", "mean", "low", "high", "n"])
    place = ("mind_the_gap", "initialisation", "l2m")
    # The values of single seeds are stated too; the mean is what stands beside a mean.
    keys = table[["initialisation", "moment"]].assign(seed="")
    return with_paper_values(table, reference, place, keys)
