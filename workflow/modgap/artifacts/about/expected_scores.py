"""The scores that open_clip publishes beside ours: a wrong split or preprocessing shows here."""

import pandas as pd

from modgap.claims.published import expected_scores

# Another prompt or split costs a right run a few points; a wrong preprocessing costs far more.
FAR_OFF = 10.0


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {
        "model": "model",
        "dataset": "data set",
        "metric": "metric",
        "modality": "modality",
        "ours": "ours [%]",
        "low": "low",
        "high": "high",
        "expected": "published [%]",
        "difference": "difference",
        "far_off": "far off",
        "done_differently": "done differently",
    }


def numbers(metrics: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """One row per measured score that open_clip publishes for the same model.

    Parameters
    ----------
    metrics
        A metric table.
    published
        config/published.tsv as `modgap.claims.published.read_published` reads it.

    Returns
    -------
    pandas.DataFrame
        model, dataset, metric, modality; ours, its interval low and high, and expected, all in per
        cent; difference (ours − expected, in points); far_off (true beyond `FAR_OFF` points);
        done_differently (why even a right run differs). Rows that are far off come first, else the
        order of `metrics`. No row where nothing measured is published.
    """
    stated = expected_scores(published, metrics["model"].unique())
    keys = ["model", "dataset", "metric", "modality"]
    table = metrics.merge(stated.dropna(subset=["expected"]), on=keys)
    for column, source in (("ours", "value"), ("low", "low"), ("high", "high")):
        table[column] = 100 * table[source].astype(float)
    table["expected"] = 100 * table["expected"].astype(float)
    table["difference"] = table["ours"] - table["expected"]
    # "not within", so that a score that is no number is marked too.
    table["far_off"] = ~(table["difference"].abs() <= FAR_OFF)
    table = table.sort_values("far_off", ascending=False, kind="stable", ignore_index=True)
    return table[[*headings()]]
