"""Table 4: the gap and the scores of models trained on filtered pools of captions."""

from collections.abc import Sequence

import pandas as pd

from modgap.errors import InputError
from modgap.stats.quantities import L2M, MAD_SCORES, RMG, Quantity, model_values, title_of
from modgap.stats.summaries import with_interval

_POOL = ["pool", "training_set", "training_size"]
_FIXED = {"pool": "pool", "training_size": "size", "models": "models"}
# The paper's order of CommonPool's scales and filters.
_SCALES = ("s", "m", "l", "xl")
_FILTERS = ("none", "basic", "text", "image", "laion", "clip")


def _quantities(scores: Sequence[Quantity]) -> list[Quantity]:
    """The scores, then L2M and RMG on each of their data sets."""
    gaps = []
    for dataset in dict.fromkeys(score.dataset for score in scores):
        for gap in (L2M, RMG):
            label = f"{gap.label}, {title_of(dataset)}" if dataset else gap.label
            gaps.append(Quantity(label, gap.metrics, gap.modality, dataset))
    return [*scores, *gaps]


def headings(scores: Sequence[Quantity] = MAD_SCORES) -> dict[str, str]:
    """The columns that readers see: the pool, each score, and the gap on each score's data set."""
    return _FIXED | {quantity.name: quantity.label for quantity in _quantities(scores)}


HEADINGS = headings()


def build(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    reference: pd.DataFrame,
    scores: Sequence[Quantity] = MAD_SCORES,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One row per pool and its size.

    Of pretrained models those with a commonpool_scale count, in the paper's order; trained ones
    have a column pool and stand in the order of `models`. Columns pool, training_set,
    training_size, models (how many the means rest on), and for each quantity of `headings` its mean
    over the pool's models, `…_low` and `…_high` (Student's t, empty with one model). all_models and
    paper_models count the models of the whole table, ours and the paper's.
    Raises `InputError` if `models` says nothing about pools.
    """
    models = _with_pools(models)
    table = models.groupby(_POOL, sort=False, dropna=False).size().rename("models").reset_index()
    for quantity in _quantities(scores):
        values = model_values(metrics, quantity).rename("value")
        frame = models.merge(values, left_on="model", right_index=True)
        found = with_interval(frame, _POOL, confidence).drop_duplicates(_POOL)
        names = {end: f"{quantity.name}_{end}" for end in ("low", "high")}
        names = {"mean": quantity.name, **names}
        found = found[[*_POOL, *names]].rename(columns=names)
        table = table.merge(found, on=_POOL, how="left")
    place = ["two_effects", "table4", "models"]
    stated = (reference[["source", "artifact", "metric"]] == place).all(axis="columns")
    table = table.assign(all_models=len(models), paper_models=reference.loc[stated, "value"].max())
    return table.astype({"paper_models": "Int64"})


def _with_pools(models: pd.DataFrame) -> pd.DataFrame:
    if "pool" in models:
        return models
    if "commonpool_scale" not in models:
        raise InputError(
            f"model table: no column pool or commonpool_scale; it has {list(models.columns)}"
        )
    models = models[models["commonpool_scale"].isin(_SCALES)]
    scale, kept = models["commonpool_scale"], models["commonpool_filter"]
    order = pd.DataFrame({"scale": scale.map(_SCALES.index), "filter": kept.map(_FILTERS.index)})
    return models.assign(pool=scale + ", " + kept).loc[order.sort_values([*order]).index]
