"""Table 4: the gap and the scores of models trained on filtered pools of captions."""

from collections.abc import Mapping

import pandas as pd

from modgap.claims.paper_values import stated_values
from modgap.errors import InputError
from modgap.stats.quantities import L2M, RMG, Quantity, model_values
from modgap.stats.summaries import performance, with_interval

_POOL = ["pool", "training_set", "training_size"]
_FIXED = {"pool": "pool", "training_size": "size", "models": "models"}
# The paper's order of CommonPool's scales and filters.
_SCALES = ("s", "m", "l", "xl")
_FILTERS = ("none", "basic", "text", "image", "laion", "clip")


def headings(quantities: Mapping[str, tuple[Quantity, ...]]) -> dict[str, str]:
    """The columns that readers see: the pool, each score, and the gap on each score's data set."""
    return _FIXED | {quantity.name: quantity.label for quantity in _shown(quantities)}


def numbers(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    reference: pd.DataFrame,
    quantities: Mapping[str, tuple[Quantity, ...]],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The scores and the gap of each pool, means over its models.

    Parameters
    ----------
    metrics
        Metric table.
    models
        Model table with training_set, training_size and a column pool, commonpool_scale (with
        commonpool_filter) or both; models of no pool are left out.
    reference
        config/reference_values.tsv.
    quantities
        Role → quantities; retrieval and classification are shown.
    confidence
        Of the interval over the models of a pool, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per pool and its size, those of a column pool in the order of `models`, then
        CommonPool's in the paper's: pool, training_set, training_size, models (how many the means
        rest on), and for each quantity of `headings` its mean over the pool's models, `…_low` and
        `…_high` (Student's t, empty with one model). all_models and paper_models count the models
        of the whole table, ours and the paper's.

    Raises
    ------
    InputError
        If `models` says nothing about pools.
    """
    models = _with_pools(models)
    table = models.groupby(_POOL, sort=False, dropna=False).size().rename("models").reset_index()
    for quantity in _shown(quantities):
        values = model_values(metrics, quantity).rename("value")
        frame = models.merge(values, left_on="model", right_index=True)
        means = with_interval(frame, _POOL, confidence).drop_duplicates(_POOL)
        names = {end: f"{quantity.name}_{end}" for end in ("low", "high")}
        names = {"mean": quantity.name, **names}
        means = means[[*_POOL, *names]].rename(columns=names)
        table = table.merge(means, on=_POOL, how="left")
    stated = stated_values(reference, ("two_effects", "table4", "models"))
    table = table.assign(all_models=len(models), paper_models=stated["value"].max())
    return table.astype({"paper_models": "Int64"})


def _shown(quantities: Mapping[str, tuple[Quantity, ...]]) -> list[Quantity]:
    """The scores, then L2M and RMG on each of their data sets."""
    scores = performance(quantities)
    gaps = []
    for dataset in dict.fromkeys(score.dataset for score in scores):
        for gap in (L2M, RMG):
            label = f"{gap.label}, {dataset}" if dataset else gap.label
            gaps.append(Quantity(label, gap.metrics, gap.modality, dataset))
    return [*scores, *gaps]


def _with_pools(models: pd.DataFrame) -> pd.DataFrame:
    """The models of a pool, with a column that names it."""
    parts = []
    if "pool" in models:
        parts.append(models[models["pool"].notna()])
    if "commonpool_scale" in models:
        parts.append(_commonpool(models[models["commonpool_scale"].isin(_SCALES)]))
    if not parts:
        raise InputError(
            f"model table: no column pool or commonpool_scale; it has {list(models.columns)}"
        )
    return pd.concat(parts)


def _commonpool(models: pd.DataFrame) -> pd.DataFrame:
    scale, kept = models["commonpool_scale"], models["commonpool_filter"]
    order = pd.DataFrame({"scale": scale.map(_SCALES.index), "filter": kept.map(_FILTERS.index)})
    return models.assign(pool=scale + ", " + kept).loc[order.sort_values([*order]).index]
