import numpy as np
import pandas as pd
import pytest
from helpers.synthetic_results import OWN, PAPER, metrics_of, model_row, pretrained_zoo

from modgap.artifacts.two_effects import table4
from modgap.errors import InputError

REFERENCE = pd.DataFrame(
    [("two_effects", "table4", "models", 21.0), ("two_effects", "table3", "models", 9.0)],
    columns=["source", "artifact", "metric", "value"],
)


def pools():
    models = pd.DataFrame([model_row(name, seed=i) for i, name in enumerate(("a", "b", "c"))])
    models["pool"] = ["text", "text", "none"]
    models["training_size"] = [5000, 5000, 20000]
    rows = [*metrics_of("a", 0.1), *metrics_of("b", 0.3), *metrics_of("c", 0.6)]
    return pd.DataFrame(rows), models


def test_one_row_per_pool_in_the_order_of_the_model_table():
    table = table4.numbers(*pools(), REFERENCE, OWN)
    assert table["pool"].tolist() == ["text", "none"]
    assert table["training_size"].tolist() == [5000, 20000]
    assert table["models"].tolist() == [2, 1]


def test_models_of_one_pool_and_different_size_are_not_averaged():
    metrics, models = pools()
    models["training_size"] = [5000, 6000, 20000]
    assert table4.numbers(metrics, models, REFERENCE, OWN)["models"].tolist() == [1, 1, 1]
    models["training_size"] = [np.nan, np.nan, 20000]  # unknown, but the pool is the same
    table = table4.numbers(metrics, models, REFERENCE, OWN)
    assert table["models"].tolist() == [2, 1]
    assert table["rmg"].tolist() == pytest.approx([0.2, 0.6])


def test_means_over_the_models_of_a_pool_with_their_interval():
    first, second = table4.numbers(*pools(), REFERENCE, OWN).to_dict("records")
    assert first["rmg"] == pytest.approx(0.2)
    assert first["l2m"] == pytest.approx(0.4)
    assert first["recall@1:image_to_text"] == pytest.approx(10)
    assert first["recall@1:text_to_image"] == pytest.approx(5)
    assert first["zero_shot:object"] == pytest.approx(20)
    # t(0.975, 1) = 12.7062, standard error 0.1.
    assert first["rmg_high"] == pytest.approx(0.2 + 1.27062, rel=1e-5)
    assert second["rmg"] == pytest.approx(0.6)
    assert pd.isna(second["rmg_low"])


def test_a_pool_whose_models_lack_a_score_keeps_its_row():
    metrics, models = pools()
    metrics = metrics[~((metrics["model"] == "c") & (metrics["metric"] == "recall@1"))]
    table = table4.numbers(metrics, models, REFERENCE, OWN)
    assert table["pool"].tolist() == ["text", "none"]
    assert table["recall@1:image_to_text"].isna().tolist() == [False, True]
    assert set(table4.headings(OWN)) <= set(table.columns)


def test_a_score_that_is_undefined_for_every_model_stays_empty_and_one_not_measured_is_refused():
    metrics, models = pools()
    recall = metrics["metric"] == "recall@1"
    undefined = metrics.assign(value=metrics["value"].mask(recall))
    assert table4.numbers(undefined, models, REFERENCE, OWN)["recall@1:image_to_text"].isna().all()
    with pytest.raises(InputError, match=r"no model has \['recall@1'\]"):
        table4.numbers(metrics[~recall], models, REFERENCE, OWN)


def test_commonpool_models_stand_in_the_papers_order_whatever_the_sheets():
    metrics, models = pretrained_zoo()
    table = table4.numbers(metrics, models.iloc[::-1], REFERENCE, PAPER)
    filters = ["none", "basic", "text", "image", "laion", "clip"]
    # The small scale is not among the kept models.
    expected = [f"{scale}, {name}" for scale in ("m", "l") for name in filters]
    assert table["pool"].tolist() == [*expected, "xl, none", "xl, laion", "xl, clip"]
    assert set(table["models"]) == {1}
    assert set(table["all_models"]) == {15}
    assert set(table["paper_models"]) == {21}
    sizes = dict(zip(table["pool"], table["training_size"], strict=True))
    assert sizes["m, laion"] == 13_000_000


def test_the_gap_stands_there_for_each_data_set():
    metrics, models = pretrained_zoo()
    table = table4.numbers(metrics, models, REFERENCE, PAPER)
    name = models.loc[models["training_set"] == "commonpool_xl_clip", "model"].item()
    rmg = metrics[(metrics["model"] == name) & (metrics["metric"] == "rmg")]
    rmg = rmg.set_index("dataset")["value"]
    last = table.iloc[-1]
    assert last["coco/rmg"] == rmg["coco"]
    assert last["imagenet/rmg"] == rmg["imagenet"]
    headings = table4.headings(PAPER)
    assert set(headings) <= set(table.columns)
    assert list(headings.values())[3:] == [
        "COCO R@1, image to text [%]",
        "COCO R@1, text to image [%]",
        "ImageNet top-1 [%]",
        "L2M, coco",
        "RMG, coco",
        "L2M, imagenet",
        "RMG, imagenet",
    ]


def test_a_study_without_commonpool_models_has_no_rows():
    metrics, models = pretrained_zoo()
    models = models[models["commonpool_scale"].isna()]
    table = table4.numbers(metrics, models, REFERENCE, PAPER)
    assert table.empty
    assert set(table4.headings(PAPER)) <= set(table.columns)


def test_pools_of_both_kinds_stand_one_after_the_other():
    metrics, models = pools()
    real_metrics, real = pretrained_zoo()
    own_data = real_metrics["dataset"] == "coco"
    models = pd.concat([models, real], ignore_index=True)
    metrics = pd.concat([metrics, real_metrics[own_data]])
    table = table4.numbers(metrics, models, REFERENCE, {"retrieval": OWN["retrieval"]})
    assert table["pool"].tolist()[:3] == ["text", "none", "m, none"]
    assert table["rmg"].notna().all()
    assert set(table["all_models"]) == {3 + 15}


def test_models_without_a_word_on_pools_are_refused():
    metrics, models = pools()
    with pytest.raises(InputError, match="no column pool or commonpool_scale"):
        table4.numbers(metrics, models.drop(columns="pool"), REFERENCE, OWN)
