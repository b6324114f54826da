import numpy as np
import pandas as pd
import pytest
from helpers.synthetic_results import OWN, model_row, zoo

from modgap.errors import InputError
from modgap.stats.quantities import OBJECT, RECALL_IMAGE_TO_TEXT, RMG, Quantity
from modgap.stats.summaries import (
    check_columns,
    pairs_of,
    per_model,
    performance,
    with_interval,
)


def test_a_metric_that_no_model_has_is_an_error_naming_what_is_there():
    metrics, models = zoo()
    unknown = Quantity("nothing", ("nonsense",))
    with pytest.raises(InputError, match=r"no model has \['nonsense'\].*'rmg'.*on \['mad'\]"):
        per_model(metrics, models, [unknown])
    with pytest.raises(InputError, match=r"no model has \['nonsense'\]"):
        pairs_of(metrics, models, [(RMG, OBJECT), (RMG, unknown)])


def test_a_metric_table_of_other_models_is_an_error():
    metrics, models = zoo()
    others = models.assign(model=[f"other-{name}" for name in models["model"]])
    with pytest.raises(InputError, match=r"none of the 7 models .* has \['rmg'\]"):
        per_model(metrics, others, [RMG])


def test_pairs_keep_only_models_that_have_both():
    metrics, models = zoo(medium=(0.1, 0.2), large=(0.3,))
    lacking = (metrics["model"] == "medium0") & (metrics["metric"] == "zero_shot:object")
    metrics = metrics[~lacking]
    frame = pairs_of(metrics, models, [(RMG, OBJECT)])
    assert frame.to_dict("list") == {
        "model": ["medium1", "large0"],
        "group": ["medium", "large"],
        "x_name": ["RMG"] * 2,
        "x": [0.2, 0.3],
        "y_name": ["zero-shot object [%]"] * 2,
        "y": [pytest.approx(20), pytest.approx(30)],
        "near_chance": [False, False],
    }


def test_a_pair_is_near_chance_if_either_score_is():
    metrics, models = zoo(medium=(0.3, 0.4, 0.5), large=())
    for metric, chances in (("zero_shot:object", (0.2, 0.1, 0.1)), ("recall@1", (0, 0, 0.2))):
        for model, chance in zip(models["model"], chances, strict=True):
            here = (metrics["metric"] == f"chance:{metric}") & (metrics["model"] == model)
            metrics.loc[here, "value"] = chance
    frame = pairs_of(metrics, models, [(RECALL_IMAGE_TO_TEXT, OBJECT), (RMG, OBJECT)])
    assert frame["near_chance"].tolist() == [True, False, True, True, False, False]
    frame = pairs_of(metrics, models, [(RECALL_IMAGE_TO_TEXT, OBJECT)], above_chance=1)
    assert frame["near_chance"].tolist() == [False, False, False]


def test_models_of_unknown_group_are_shown_as_such():
    metrics, models = zoo(medium=(0.1, 0.2, 0.3), large=())
    models["group"] = ["medium", "", None]
    assert pairs_of(metrics, models, [(RMG, OBJECT)])["group"].tolist() == [
        "medium",
        "unknown",
        "unknown",
    ]


def test_a_missing_column_is_named_with_what_needs_it():
    _, models = zoo()
    check_columns(models, ["seed", "attributes"], "fig7a")
    with pytest.raises(InputError, match=r"of fig7a: no column seed; it has \['model'"):
        check_columns(models.drop(columns="seed"), ["seed", "attributes"], "fig7a")


def test_performance_is_retrieval_then_classification_as_far_as_a_study_has_them():
    names = [quantity.name for quantity in performance(OWN)]
    assert names == ["recall@1:image_to_text", "recall@1:text_to_image", "zero_shot:object"]
    assert performance({"classification": OWN["classification"]}) == OWN["classification"]
    assert performance({"attributes": OWN["attributes"]}) == ()


def test_no_pairs_give_an_empty_frame_with_all_columns():
    frame = pairs_of(*zoo(), [])
    assert list(frame.columns) == [*("model", "group", "x_name", "x", "y_name", "y", "near_chance")]
    assert frame.empty


def test_models_that_are_not_in_the_model_table_are_not_shown():
    metrics, models = zoo()
    frame = pairs_of(metrics, models.head(2), [(RMG, OBJECT)])
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


def test_a_group_without_a_name_has_its_interval_too():
    frame = pd.DataFrame({"size": [np.nan, np.nan, 5.0], "value": [1.0, 3.0, 7.0]})
    assert with_interval(frame, ["size"])["mean"].tolist() == [2.0, 2.0, 7.0]


def test_groups_of_the_interval_do_not_mix():
    models = pd.DataFrame([model_row("a", seed=0), model_row("b", seed=1), model_row("c", 2)])
    frame = models.assign(value=[1.0, 3.0, 7.0])
    means = with_interval(frame, ["attributes"]).set_index("model")["mean"]
    assert means.to_dict() == {"a": 2.0, "b": 2.0, "c": 7.0}
