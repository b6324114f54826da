"""Small metric and model tables with values that tests can compute by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
from helpers.paper_models import PAPER_MODELS

from modgap.mad.captions import FACTORS
from modgap.stats.quantities import role_quantities

SHEET = Path(__file__).parents[2] / "config" / "models.tsv"
# The quantities of the default study's zoo, and of the paper's.
OWN = role_quantities(
    {"retrieval": [""], "classification": [""], "attributes": [""]},
    {},
)
PAPER = role_quantities(
    {
        "retrieval": ["coco"],
        "classification": ["imagenet"],
        "attributes": ["mit-states", "ut-zappos"],
    },
    {
        "coco": "COCO",
        "imagenet": "ImageNet",
        "mit-states": "MIT-States",
        "ut-zappos": "UT-Zappos",
    },
)


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


def chance_rows(rows, chance=0.001):
    """The rows that say what each score among `rows` would be by chance: next to nothing."""
    scores = [row for row in rows if row["metric"].startswith(("recall@", "zero_shot:"))]
    return [{**row, "metric": f"chance:{row['metric']}", "value": chance} for row in scores]


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
        "initial_temperature": 0.07,
        "learnable_temperature": True,
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
    rows.append(metric_row(model, "zero_shot:object", level))
    rows.append(metric_row(model, "zero_shot:attributes", level + 0.03))
    return rows + chance_rows(rows)


def zoo(medium=(0.1, 0.2, 0.3, 0.4), large=(0.15, 0.35, 0.55)):
    """Metrics and models of a zoo: one model per level and group."""
    models, metrics = [], []
    for group, levels in (("medium", medium), ("large", large)):
        for i, level in enumerate(levels):
            models.append(model_row(f"{group}{i}", group=group))
            metrics += metrics_of(f"{group}{i}", level)
    return pd.DataFrame(metrics), pd.DataFrame(models)


def pretrained_zoo(seed=0):
    """Metrics and models shaped like the paper's study: the 101 of its set in models.tsv.

    Scores rise with a hidden quality, within the ranges of real models; so does the gap, slightly.
    """
    sheet = pd.read_csv(SHEET, sep="\t", comment="#")
    sets = sheet["sets"].fillna("").str.split()
    paper = sheet["model"].isin(PAPER_MODELS) & sets.map(lambda names: "two_effects" in names)
    sheet = sheet[paper].astype({"training_size": int}).reset_index(drop=True)
    columns = ["model", "training_set", "training_size", "commonpool_scale", "commonpool_filter"]
    models = sheet[columns]
    rng = np.random.default_rng(seed)
    quality = np.clip(
        np.log10(models["training_size"]) / 10 + rng.normal(0, 0.1, len(models)), 0, 1
    )
    models = models.assign(
        group=np.where(models["training_size"] <= 140_000_000, "medium", "large"),
        table3=sheet["sets"].str.contains("two_effects_table3"),
        parameters=(1.5e8 * 20**quality).astype(int),
        embed_dim=rng.choice([512, 768, 1024], len(models)),
    )
    metrics = [
        metric_row(model, metric, value, modality, dataset)
        for model, q in zip(models["model"], quality, strict=True)
        for metric, modality, dataset, value in _pretrained_values(q, rng)
    ]
    return pd.DataFrame(metrics + chance_rows(metrics, chance=-1)), models


def _pretrained_values(quality, rng):
    """The metrics of one model, its name apart."""
    for dataset in ("coco", "imagenet", "mit-states", "ut-zappos"):
        yield "l2m", "both", dataset, 0.6 + 0.3 * quality + rng.normal(0, 0.08)
        yield "rmg", "both", dataset, 0.4 + 0.2 * quality + rng.normal(0, 0.06)
    yield "recall@1", "image_to_text", "coco", 0.75 * quality + rng.normal(0, 0.02)
    yield "recall@1", "text_to_image", "coco", 0.55 * quality + rng.normal(0, 0.02)
    yield "zero_shot:object", "both", "imagenet", 0.85 * quality + rng.normal(0, 0.02)
    for dataset in ("mit-states", "ut-zappos"):
        yield "zero_shot:attributes", "both", dataset, 0.4 * quality + rng.normal(0, 0.03)
        yield "zero_shot:object", "both", dataset, 0.6 * quality + rng.normal(0, 0.03)
        yield "moad", "image", dataset, 0.1 * quality + rng.normal(0, 0.03)
        yield "moad", "text", dataset, 0.05 * quality + rng.normal(0, 0.03)
