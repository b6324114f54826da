"""Fine-tuning on dense captions: gap and scores before and after."""

from collections.abc import Mapping, Sequence

import pandas as pd

from modgap.errors import InputError
from modgap.stats.quantities import L2M, RMG, Quantity
from modgap.stats.summaries import check_columns, per_model, with_interval

_KEYS = ["captions", "moment", "data", "quantity"]


def numbers(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    quantities: Mapping[str, Sequence[Quantity]],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Gap and scores of models fine-tuned on denser captions, and of those that they started from.

    Parameters
    ----------
    metrics
        Metric table of both.
    models
        Model table with columns captions, start (the model that training started from) and seed.
        Models without a start that none starts from are left out.
    quantities
        Role → quantities: retrieval, and classification if the study has it.
    confidence
        Of the interval over seeds, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per quantity and moment: captions (fine-tuned on), moment ("before", "after", and
        their difference, "change", seed by seed), data, quantity, mean, low, high (Student's t), n.

    Raises
    ------
    InputError
        If no model started from another one that is in the table.
    """
    check_columns(models, ["captions", "start", "seed"], "table_dci")
    # A model that several of the experiments have is in several tables.
    metrics, models = metrics.drop_duplicates(), models.drop_duplicates("model")
    after = models[models["start"].isin(models["model"])]
    if after.empty:
        raise InputError(
            f"table_dci: none of the {len(models)} models started from another one of them; give "
            "the artifact both experiments"
        )
    parts = []
    for title, quantity in _wanted(quantities):
        values = per_model(metrics, models, [quantity]).set_index("model")["value"]
        ends, starts = after["model"].map(values), after["start"].map(values)
        for moment, value in (("before", starts), ("after", ends), ("change", ends - starts)):
            row = {"captions": after["captions"], "moment": moment, "data": title}
            parts.append(pd.DataFrame(row | {"quantity": _short(quantity), "value": value}))
    frame = with_interval(pd.concat(parts, ignore_index=True), _KEYS, confidence)
    columns = [*_KEYS, "mean", "low", "high", "n"]
    return frame[columns].drop_duplicates(ignore_index=True)


def _wanted(quantities: Mapping[str, Sequence[Quantity]]) -> list[tuple[str, Quantity]]:
    """Gap and recall on the data sets of retrieval, then accuracy, each with its data set."""
    wanted = []
    for recall in quantities["retrieval"]:
        title = recall.label.partition(" R@1")[0]
        if recall.modality == "image_to_text":
            wanted += [(title, RMG.on(recall.dataset)), (title, L2M.on(recall.dataset))]
        wanted.append((title, recall))
    for accuracy in quantities.get("classification", ()):
        wanted.append((accuracy.label.removesuffix(" top-1 [%]"), accuracy))
    return wanted


def _short(quantity: Quantity) -> str:
    """Its label without the data set, which has a column of its own."""
    if "recall@1" in quantity.metrics:
        return quantity.label[quantity.label.index("R@1") :]
    return "top-1 [%]" if quantity.scale == 100 else quantity.label


def headings() -> dict[str, str]:
    """What readers call the columns."""
    return {
        "captions": "fine-tuned on captions",
        "moment": "",
        "data": "data set",
        "quantity": "quantity",
        "mean": "mean",
        "low": "low",
        "high": "high",
        "n": "n",
    }
