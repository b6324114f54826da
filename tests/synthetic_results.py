"""Small metric and model tables with values that tests can compute by hand."""

import pandas as pd

from modgap.data.captions import FACTORS


def metric_row(model, metric, value, modality="both", dataset="mad"):
    """One row of a metric table."""
    return {
        "model": model,
        "dataset": dataset,
        "split": "test",
        "metric": metric,
        "modality": modality,
        "value": value,
        "low": None,
        "high": None,
        "n": 100,
    }


def model_row(model, attributes=1, seed=0, group="large", main_factor="digit"):
    """One row of a model table."""
    return {
        "model": model,
        "group": group,
        "training_set": "MAD",
        "training_size": 20000 if group == "large" else 5000,
        "parameters": 1000,
        "embed_dim": 64,
        "attributes": attributes,
        "main_factor": main_factor,
        "seed": seed,
    }


def metrics_of(model, level):
    """All metrics of one model, each a known function of `level`."""
    rows = [
        metric_row(model, "l2m", 2 * level),
        metric_row(model, "rmg", level),
        metric_row(model, "recall@1", level / 2, "image_to_text"),
        metric_row(model, "recall@1", level / 4, "text_to_image"),
        metric_row(model, "moad", level + 0.1, "image"),
        metric_row(model, "moad", level + 0.2, "text"),
    ]
    rows += [
        metric_row(model, f"zero_shot:{factor}", level + 0.01 * i)
        for i, factor in enumerate(FACTORS)
    ]
    return rows


def zoo(medium=(0.1, 0.2, 0.3, 0.4), large=(0.15, 0.35, 0.55)):
    """Metrics and models of a zoo: one model per level and group."""
    models, metrics = [], []
    for group, levels in (("medium", medium), ("large", large)):
        for i, level in enumerate(levels):
            models.append(model_row(f"{group}{i}", group=group))
            metrics += metrics_of(f"{group}{i}", level)
    return pd.DataFrame(metrics), pd.DataFrame(models)
