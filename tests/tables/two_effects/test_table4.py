import pandas as pd
import pytest
from synthetic_results import metrics_of, model_row

from modgap.tables.two_effects import table4


def pools():
    models = pd.DataFrame([model_row(name, seed=i) for i, name in enumerate(("a", "b", "c"))])
    models["training_set"] = ["text filter", "text filter", "none"]
    models["training_size"] = [5000, 5000, 20000]
    rows = [*metrics_of("a", 0.1), *metrics_of("b", 0.3), *metrics_of("c", 0.6)]
    return pd.DataFrame(rows), models


def test_one_row_per_pool_in_the_order_of_the_model_table():
    table = table4.build(*pools())
    assert table["training_set"].tolist() == ["text filter", "none"]
    assert table["training_size"].tolist() == [5000, 20000]
    assert table["models"].tolist() == [2, 1]


def test_means_over_the_models_of_a_pool_with_their_interval():
    first, second = table4.build(*pools()).to_dict("records")
    assert first["rmg"] == pytest.approx(0.2)
    assert first["l2m"] == pytest.approx(0.4)
    assert first["retrieval_image_to_text"] == pytest.approx(10)
    assert first["retrieval_text_to_image"] == pytest.approx(5)
    assert first["classification"] == pytest.approx(20)
    # t(0.975, 1) = 12.7062, standard error 0.1.
    assert first["rmg_high"] == pytest.approx(0.2 + 1.27062, rel=1e-5)
    assert second["rmg"] == pytest.approx(0.6)
    assert pd.isna(second["rmg_low"])


def test_a_pool_whose_models_lack_a_score_keeps_its_row():
    metrics, models = pools()
    metrics = metrics[~((metrics["model"] == "c") & (metrics["metric"] == "recall@1"))]
    table = table4.build(metrics, models)
    assert table["training_set"].tolist() == ["text filter", "none"]
    assert table["retrieval_image_to_text"].isna().tolist() == [False, True]
    assert set(table4.HEADINGS) <= set(table.columns)
