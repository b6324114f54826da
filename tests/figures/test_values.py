import numpy as np
import pandas as pd
import pytest
from synthetic_results import metric_row, model_row, zoo

from modgap.errors import InputError
from modgap.figures.values import (
    ATTRIBUTES,
    DIGIT,
    RMG,
    Quantity,
    model_values,
    pairs_of,
    per_model,
    with_interval,
)


def test_accuracies_come_in_per_cent_and_gaps_as_they_are():
    metrics, _ = zoo(medium=(0.5,), large=())
    assert model_values(metrics, DIGIT)["medium0"] == pytest.approx(50)
    assert model_values(metrics, RMG)["medium0"] == pytest.approx(0.5)


def test_a_quantity_of_several_metrics_is_their_mean():
    metrics, _ = zoo(medium=(0.5,), large=())
    # 0.51, 0.52, 0.53, 0.54, 0.55 for the five attributes.
    assert model_values(metrics, ATTRIBUTES)["medium0"] == pytest.approx(53)


def test_a_model_that_lacks_one_of_the_metrics_is_left_out():
    metrics, _ = zoo(medium=(0.5, 0.6), large=())
    lacking = (metrics["model"] == "medium1") & (metrics["metric"] == "zero_shot:scale")
    metrics.loc[lacking, "value"] = np.nan
    assert list(model_values(metrics, ATTRIBUTES).index) == ["medium0"]


def test_two_data_sets_of_one_model_must_be_told_apart():
    metrics = pd.DataFrame(
        [metric_row("m", "rmg", 0.1, dataset="coco"), metric_row("m", "rmg", 0.2, dataset="ade")]
    )
    with pytest.raises(InputError, match=r"'m' has 'rmg'.*\['ade', 'coco'\].*'RMG'"):
        model_values(metrics, RMG)
    assert model_values(metrics, RMG.on("coco"))["m"] == 0.1


def test_a_metric_that_no_model_has_is_an_error_naming_what_is_there():
    metrics, models = zoo()
    unknown = Quantity("nothing", ("nonsense",))
    with pytest.raises(InputError, match=r"none of the 7 models has \['nonsense'\].*rmg"):
        per_model(metrics, models, [unknown])


def test_pairs_keep_only_models_that_have_both():
    metrics, models = zoo(medium=(0.1, 0.2), large=(0.3,))
    metrics = metrics[~((metrics["model"] == "medium0") & (metrics["metric"] == "zero_shot:digit"))]
    frame = pairs_of(metrics, models, [(RMG, DIGIT)])
    assert frame.to_dict("list") == {
        "model": ["medium1", "large0"],
        "group": ["medium", "large"],
        "x_name": ["RMG"] * 2,
        "x": [0.2, 0.3],
        "y_name": ["zero-shot digit [%]"] * 2,
        "y": [pytest.approx(20), pytest.approx(30)],
    }


def test_models_that_are_not_in_the_model_table_are_not_shown():
    metrics, models = zoo()
    frame = pairs_of(metrics, models.head(2), [(RMG, DIGIT)])
    assert list(frame["model"]) == ["medium0", "medium1"]


def test_interval_is_students_t_over_seeds():
    frame = pd.DataFrame({"k": [1, 1, 1], "value": [1.0, 2.0, 3.0]})
    row = with_interval(frame, ["k"]).iloc[0]
    # t(0.975, 2) = 4.302653, standard error 1 / sqrt(3).
    assert row["mean"] == pytest.approx(2)
    assert row["high"] == pytest.approx(2 + 4.302653 / 3**0.5, rel=1e-5)
    assert row["low"] == pytest.approx(2 - 4.302653 / 3**0.5, rel=1e-5)
    assert row["n"] == 3


def test_one_seed_has_a_mean_and_no_interval():
    row = with_interval(pd.DataFrame({"k": [1], "value": [0.25]}), ["k"]).iloc[0]
    assert row["mean"] == 0.25
    assert np.isnan(row["low"])
    assert np.isnan(row["high"])


def test_groups_of_the_interval_do_not_mix():
    models = pd.DataFrame([model_row("a", seed=0), model_row("b", seed=1), model_row("c", 2)])
    frame = models.assign(value=[1.0, 3.0, 7.0])
    means = with_interval(frame, ["attributes"]).set_index("model")["mean"]
    assert means.to_dict() == {"a": 2.0, "b": 2.0, "c": 7.0}
