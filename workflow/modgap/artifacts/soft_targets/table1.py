"""Every closer in one table: what it changes, and whether it does what one would want it for."""

import pandas as pd

from modgap.artifacts.soft_targets._differences import OUTCOMES, TRAINED, differences
from modgap.artifacts.soft_targets._names import ALIKE, PLAIN, with_closers
from modgap.artifacts.write_table import cell

# A corrected p below this is marked, and counts in the verdicts.
LEVEL = 0.05
# R@1 is kept if it falls by no more than this share of the plain model's.
KEPT = 0.1
VERDICTS = {
    "closes_gap": "closes the gap?",
    "keeps_retrieval": "keeps retrieval?",
    "helps_mixed_index": "helps a mixed index?",
}
_KEYS = ["dataset", "closer", "kind"]


def headings(numbers: pd.DataFrame) -> dict[str, str]:
    """The verdicts, then each outcome's mean difference, * where its corrected p is below 0.05."""
    fixed = {"dataset": "data", "closer": "closer", "kind": "applied", "n": "seeds"}
    shown = {f"{name}_shown": name for name in OUTCOMES.values() if f"{name}_shown" in numbers}
    return fixed | VERDICTS | shown | {"training_time": "training time"}


def numbers(
    metrics: pd.DataFrame, models: pd.DataFrame, closed: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """One row per data set and closer.

    Parameters
    ----------
    metrics, models, closed, confidence
        As of `modgap.artifacts.soft_targets.fig1.numbers`.

    Returns
    -------
    pandas.DataFrame
        dataset, closer, kind ("trained" or "after training"), n (seeds), the three verdicts,
        training_time (mean over seeds of its CPU seconds over the plain model's; missing where
        nothing is trained), and for each outcome its mean difference from the plain model of the
        same seed with `…_low`, `…_high` (Student's t), `…_p` (Benjamini and Hochberg over the data
        set) and `…_shown`, the mean as readers see it.
        `closes_gap`: of L2M and RMG, how many fall (corrected p below 0.05): both "yes", one "in
        part"; else "no". `keeps_retrieval`: "yes" if both limits of R@1, either way, leave no room
        for a loss of a tenth of the plain model's, "no" if one way loses more for certain, else
        "open". `helps_mixed_index`: as the first, with NDCG@10 of image and text queries that rise.

    Raises
    ------
    InputError
        If there is no plain model, or nothing to compare with it.
    """
    name = "soft_targets table1"
    frame = differences(metrics, models, closed, name, confidence)
    rows = []
    for key, own in frame.groupby(_KEYS, sort=False):
        by_outcome = own.groupby("outcome").first()
        by_outcome["plain"] = own.groupby("outcome")["plain"].mean()
        row = dict(zip(_KEYS, key, strict=True)) | {"n": int(own["n"].max())}
        row["closes_gap"] = _moved(by_outcome, ("L2M", "RMG"), -1)
        row["keeps_retrieval"] = _kept(by_outcome)
        row["helps_mixed_index"] = _moved(by_outcome, ("mixed NDCG i", "mixed NDCG t"), 1)
        rows.append(row | _cells(by_outcome))
    table = pd.DataFrame(rows)
    times = training_times(with_closers(models, name), frame)
    return table.merge(times, on=_KEYS, how="left")


def training_times(models: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """CPU seconds of each closer's training as a multiple of the plain model's of that seed."""
    keys = [*ALIKE, "seed"]
    plain = models.loc[models["closer"] == PLAIN, [*keys, "cpu_seconds"]]
    both = models.merge(plain, on=keys, suffixes=("", "_plain"))
    both["training_time"] = both["cpu_seconds"] / both["cpu_seconds_plain"]
    trained = frame[frame["kind"] == TRAINED].drop_duplicates([*_KEYS, "model"])
    times = trained.merge(both[["model", "training_time"]], on="model")
    return times.groupby(_KEYS, as_index=False)["training_time"].mean()


def _cells(by_outcome: pd.DataFrame) -> dict:
    cells = {}
    for name in OUTCOMES.values():
        if name not in by_outcome.index:
            continue
        of = by_outcome.loc[name]
        cells |= {name: of["mean"], f"{name}_low": of["low"], f"{name}_high": of["high"]}
        cells[f"{name}_p"] = of["p_corrected"]
        star = "*" if of["p_corrected"] < LEVEL else ""
        # Differences that cancel leave some 1e-18 behind; 0.0 is added to a negative zero.
        mean = round(float(of["mean"]), 12) + 0.0
        cells[f"{name}_shown"] = f"{cell(mean)}{star}"
    return cells


def _moved(by_outcome: pd.DataFrame, outcomes: tuple[str, ...], sign: int) -> str:
    known = [name for name in outcomes if name in by_outcome.index]
    moved = [
        by_outcome.loc[name, "p_corrected"] < LEVEL and sign * by_outcome.loc[name, "mean"] > 0
        for name in known
    ]
    if not known:
        return ""
    return "yes" if all(moved) else "in part" if any(moved) else "no"


def _kept(by_outcome: pd.DataFrame) -> str:
    known = [by_outcome.loc[name] for name in ("R@1 i→t", "R@1 t→i") if name in by_outcome.index]
    if not known:
        return ""
    if any(of["high"] < -KEPT * of["plain"] for of in known):
        return "no"
    return "yes" if all(of["low"] >= -KEPT * of["plain"] for of in known) else "open"
