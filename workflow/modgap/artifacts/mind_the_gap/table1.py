"""Table 1: zero-shot performance at the default gap and at the best shifted one."""

from statistics import NormalDist

import pandas as pd

from modgap.claims.paper_values import with_paper_values

HEADINGS = {
    "model": "model",
    "dataset": "data set",
    "metric": "metric",
    "direction": "direction of",
    "default": "default",
    "best": "best on the test set",
    "best_direction": "gap there",
    "paper_default": "paper, default",
    "paper_best": "paper, best",
    "paper_note": "paper note",
    "half_default": "default, second half",
    "half_shifted": "shift chosen on the first half",
    "half_direction": "gap there ",
    "difference": "difference",
    "low": "low",
    "high": "high",
    "n": "images of the second half",
}
_METRICS = {"accuracy": "zero_shot", "roc_auc": "roc_auc"}


def headings() -> dict[str, str]:
    """As published, then as it would hold on new images."""
    return HEADINGS


def numbers(look: pd.DataFrame, reference: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """The best shift as published, picked on the images it is judged on, and an honest one.

    Parameters
    ----------
    look
        The look `gap_shift_accuracy`: model, dataset, direction, part, shift, gap, metric,
        value, difference, error, n.
    reference
        Stated values.
    confidence
        Of the interval of the difference, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per model, data set, metric and direction of the shift. On all images: default,
        default_gap, best, best_shift, best_gap, best_direction ("larger", "smaller" or "default"
        gap), with paper_default, paper_best and paper_note. On the second half, with the shift that
        is best on the first: half_default, half_shifted, half_shift, half_direction, difference
        with low and high (normal), n. Of equally good shifts the smallest is taken.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    keys = ["model", "dataset", "metric", "direction"]
    rows = [
        dict(zip(keys, key, strict=True)) | _row(curve, z)
        for key, curve in look.groupby(keys, sort=False)
    ]
    frame = pd.DataFrame(rows)
    parts = []
    for metric, rows in frame.groupby("metric", sort=False):
        place = ("mind_the_gap", "table1", _METRICS[metric])
        key = rows[["dataset"]].reset_index(drop=True)
        default = with_paper_values(rows, reference, place, key.assign(gap="default"))
        best = with_paper_values(rows, reference, place, key.assign(gap="best"))
        named = best.rename(columns={"paper_value": "paper_best"})
        parts.append(named.assign(paper_default=default["paper_value"]))
    return pd.concat(parts, ignore_index=True)


def _row(curve: pd.DataFrame, z: float) -> dict:
    everything, first, second = (
        curve[curve["part"] == part].set_index("shift") for part in ("all", "first", "second")
    )
    best, chosen = _best(everything), _best(first)
    judged = second.loc[chosen]
    half = z * judged["error"]
    return {
        "default": everything.loc[0, "value"],
        "default_gap": everything.loc[0, "gap"],
        "best": everything.loc[best, "value"],
        "best_shift": best,
        "best_gap": everything.loc[best, "gap"],
        "best_direction": _direction(everything, best),
        "half_default": second.loc[0, "value"],
        "half_shifted": judged["value"],
        "half_shift": chosen,
        "half_direction": _direction(second, chosen),
        "difference": judged["difference"],
        "low": judged["difference"] - half,
        "high": judged["difference"] + half,
        "n": int(judged["n"]),
    }


def _best(curve: pd.DataFrame) -> float:
    """The shift of the largest value, of equal ones the one nearest to none."""
    largest = curve.index[curve["value"] == curve["value"].max()]
    return float(min(largest, key=lambda shift: (abs(shift), shift)))


def _direction(curve: pd.DataFrame, shift: float) -> str:
    if shift == 0:
        return "default"
    return "larger" if curve.loc[shift, "gap"] > curve.loc[0, "gap"] else "smaller"
