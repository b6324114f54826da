"""Every closer against the plain model of the same seed."""

import logging

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp

from modgap.artifacts.soft_targets._names import ALIKE, PLAIN, with_closers
from modgap.errors import InputError
from modgap.measure.closers import OUTCOMES as CLOSED_OUTCOMES
from modgap.measure.closers import PLAIN as UNMOVED
from modgap.stats import benjamini_hochberg, mean_interval

log = logging.getLogger(__name__)

TRAINED, AFTER = "trained", "after training"
# Metric and modality → what readers call it.
OUTCOMES = CLOSED_OUTCOMES | {
    ("zero_shot:object", "both"): "object",
    ("zero_shot:attributes", "both"): "attributes",
    ("changed_answers:object", "both"): "changed answers",
    ("logit_entropy", "image_to_text"): "entropy",
}
_KEYS = ["dataset", "closer", "kind", "outcome"]
_COLUMNS = [*_KEYS, "metric", "modality", "seed", "model", "value", "plain", "difference"]


def differences(
    metrics: pd.DataFrame,
    models: pd.DataFrame,
    closed: pd.DataFrame,
    artifact: str,
    confidence: float,
) -> pd.DataFrame:
    """One row per closer, outcome and seed, with the interval of the mean difference over seeds.

    Parameters
    ----------
    metrics
        Metric table.
    models
        Model table.
    closed
        The look `closers` of the plain models (others are left out): closers fitted on half of
        their items, against the other half as it is.
    artifact
        For messages.
    confidence
        Of the intervals, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        dataset, closer, kind ("trained" or "after training"), outcome, metric, modality, seed,
        model, value, plain (of the plain model of that seed), difference, mean, low, high
        (Student's t over seeds), n (seeds), p (that the mean is 0) and p_corrected (Benjamini and
        Hochberg over all closers and outcomes of the data set).

    Raises
    ------
    InputError
        For a model table without plain models or columns, and if nothing can be compared.
    """
    models = with_closers(models, artifact)
    # Closers after training are tried on one image tower of each training set.
    first = models.groupby("training_set")["image_tower"].transform("first")
    of_first = (models["closer"] == PLAIN) & (models["image_tower"] == first)
    plain = models.loc[of_first, ["model", "seed"]]
    rows = pd.concat([_trained(metrics, models), _after(closed, plain)], ignore_index=True)
    if rows.empty:
        raise InputError(f"{artifact}: no model but plain ones, and no closer was tried on those")
    rows["difference"] = rows["value"] - rows["plain"]
    rows = rows[_COLUMNS].dropna(subset="difference")
    return _with_tests(rows, confidence)


def _outcomes(table: pd.DataFrame) -> pd.DataFrame:
    keys = zip(table["metric"], table["modality"], strict=True)
    table = table.assign(outcome=[OUTCOMES.get(key) for key in keys])
    return table.dropna(subset=["outcome", "value"])


def _trained(metrics: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    columns = ["dataset", "outcome", "metric", "modality", "model", "value"]
    described = models[["model", "closer", "seed", *ALIKE]]
    frame = _outcomes(metrics)[columns].merge(described, on="model")
    is_plain, keys = frame["closer"] == PLAIN, ["dataset", "outcome", "seed", *ALIKE]
    plain = frame.loc[is_plain, [*keys, "value"]].rename(columns={"value": "plain"})
    others = frame[~is_plain].merge(plain, on=keys, how="left")
    alone = others.loc[others["plain"].isna(), "model"].nunique()
    if alone:
        log.warning("%d models have no plain model of their seed and are left out", alone)
    return others.assign(kind=TRAINED)


def _after(closed: pd.DataFrame, plain: pd.DataFrame) -> pd.DataFrame:
    columns = ["model", "dataset", "closer", "outcome", "metric", "modality", "value"]
    frame = _outcomes(closed)[columns].merge(plain, on="model")
    unmoved, keys = frame["closer"] == UNMOVED, ["model", "dataset", "outcome"]
    before = frame.loc[unmoved, [*keys, "value"]].rename(columns={"value": "plain"})
    return frame[~unmoved].merge(before, on=keys, how="left").assign(kind=AFTER)


def _with_tests(rows: pd.DataFrame, confidence: float) -> pd.DataFrame:
    tests = []
    for key, values in rows.groupby(_KEYS, sort=False)["difference"]:
        mean = mean_interval(values, confidence)
        limits = {"mean": mean.value, "low": mean.low, "high": mean.high, "n": mean.n}
        tests.append(dict(zip(_KEYS, key, strict=True)) | limits | {"p": _p(values.to_numpy())})
    tests = pd.DataFrame(tests)
    for _, of_dataset in tests.groupby("dataset"):
        tests.loc[of_dataset.index, "p_corrected"] = benjamini_hochberg(of_dataset["p"])
    return rows.merge(tests, on=_KEYS)


def _p(values: np.ndarray) -> float:
    """That the mean is 0; NaN where there is one value, or where all agree."""
    if len(values) < 2 or np.ptp(values) == 0:
        return np.nan
    return float(ttest_1samp(values, 0).pvalue)
