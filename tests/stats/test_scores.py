import logging

import numpy as np
import pandas as pd
import pytest
from helpers.synthetic_results import pretrained_zoo, zoo
from scipy.stats import kendalltau

from modgap.errors import InputError
from modgap.stats import benjamini_hochberg, correlation_table, holm
from modgap.stats.quantities import role_quantities
from modgap.stats.scores import SCORE_COLUMNS, model_frame, score_correlations


def performance(retrieval, classification):
    """The quantities of both roles, one after the other."""
    roles = {"retrieval": [retrieval], "classification": [classification]}
    return [q for quantities in role_quantities(roles, {}).values() for q in quantities]


SCORES, OWN_SCORES = performance("coco", "imagenet"), performance("", "")
SIZES = ["parameters", "embed_dim", "training_size"]
TABLE1 = {"groups": "group", "rows": ["l2m", "rmg", *SIZES], "resamples": 99}


@pytest.fixture(scope="module")
def study():
    return pretrained_zoo()


@pytest.fixture(scope="module")
def table1(study):
    metrics, models = study
    return score_correlations(models, metrics, SCORES, **TABLE1)


def value(metrics, model, dataset, metric, modality="both"):
    """The slow way to one number of a metric table."""
    keys = {"model": model, "dataset": dataset, "metric": metric, "modality": modality}
    return metrics[(metrics[list(keys)] == list(keys.values())).all(axis=1)]["value"].item()


def test_each_quantity_is_a_column_and_a_missing_one_stays_missing():
    metrics, models = zoo(medium=(0.1, 0.2), large=())
    lacking = (metrics["model"] == "medium1") & (metrics["modality"] == "text_to_image")
    frame = model_frame(models, metrics[~lacking], OWN_SCORES)
    assert frame["recall@1:image_to_text"].tolist() == pytest.approx([5, 10])
    assert frame["recall@1:text_to_image"].isna().tolist() == [False, True]
    assert frame["parameters"].tolist() == [1000, 1000]


def test_a_model_without_any_of_the_metrics_is_named():
    metrics, models = zoo(medium=(0.1, 0.2), large=())
    with pytest.raises(InputError, match=r"recall@1:image_to_text, .* of the models medium1"):
        model_frame(models, metrics[metrics["model"] == "medium0"], OWN_SCORES)


def test_a_score_that_no_model_has_is_refused(study):
    metrics, models = study
    # What a data set of images and classes in the role of retrieval comes to: gaps, no recalls.
    wrong = performance("imagenet", "imagenet")
    with pytest.raises(InputError, match=r"no model has \['recall@1'\] .*data set imagenet"):
        score_correlations(models, metrics, wrong, **TABLE1)
    with pytest.raises(InputError, match=r"no model has \['recall@1'\]"):
        model_frame(models, metrics, [*SCORES, wrong[0]])


def test_every_score_stands_against_the_gap_on_its_own_data_set(study, table1):
    metrics, models = study
    assert len(table1) == 2 * 3 * 5
    for group, dataset, metric, modality in (
        ("large", "coco", "recall@1", "text_to_image"),
        ("medium", "imagenet", "zero_shot:object", "both"),
    ):
        names = models.loc[models["group"] == group, "model"]
        score = [value(metrics, name, dataset, metric, modality) for name in names]
        line = table1[table1["score"].str.startswith(f"{dataset}/{metric}")]
        line = line[line["score"].str.endswith(modality) | (modality == "both")]
        line = line[line["group"] == group].set_index("factor")
        assert line["n"].unique() == len(names)
        for gap in ("l2m", "rmg"):
            own = [value(metrics, name, dataset, gap) for name in names]
            assert line.loc[gap, "tau"] == pytest.approx(kendalltau(own, score).statistic)
        size = models.loc[names.index, "training_size"]
        assert line.loc["training_size", "tau"] == pytest.approx(kendalltau(size, score).statistic)


def test_the_confidence_widens_intervals_and_changes_nothing_else(study, table1):
    metrics, models = study
    narrow = score_correlations(models, metrics, SCORES, confidence=0.5, **TABLE1)
    limits = ["low", "high"]
    known = table1["low"].notna()
    assert known.sum() > 20
    inner, outer = narrow.loc[known, limits], table1.loc[known, limits]
    assert (inner["low"] > outer["low"]).all()
    assert (inner["high"] < outer["high"]).all()
    pd.testing.assert_frame_equal(narrow.drop(columns=limits), table1.drop(columns=limits))


def test_all_lines_of_all_data_sets_are_one_family(table1):
    np.testing.assert_array_equal(table1["p_holm"], holm(table1["p"]))
    np.testing.assert_array_equal(table1["p_bh"], benjamini_hochberg(table1["p"]))
    assert not table1.duplicated(["group", "score", "factor"]).any()


def test_one_data_set_gives_the_plain_correlation_table():
    metrics, models = zoo()
    options = {"groups": "group", "confounders": SIZES, "resamples": 99, "seed": 3}
    frame = models.assign(
        # The zoo's own closed forms: RMG is the level, recall half of it.
        rmg=[0.1, 0.2, 0.3, 0.4, 0.15, 0.35, 0.55],
        **{"recall@1:image_to_text": [5, 10, 15, 20, 7.5, 17.5, 27.5]},
    )
    expected = correlation_table(frame, ["rmg"], ["recall@1:image_to_text"], **options)
    found = score_correlations(models, metrics, OWN_SCORES[:1], rows=["rmg"], **options)
    assert set(found.pop("near_chance")) == {0}
    pd.testing.assert_frame_equal(found, expected)


def test_unknown_sizes_and_groups_are_left_out_and_counted(study, table1):
    metrics, models = study
    models = models.copy()
    large = models.index[models["group"] == "large"]
    models.loc[large[:2], "group"] = [np.nan, ""]
    models["training_size"] = models["training_size"].astype(float)
    models.loc[large[2], "training_size"] = np.nan
    found = score_correlations(models, metrics, SCORES, **TABLE1)
    before = table1.set_index(["group", "score", "factor"])["n"]
    fewer = before - found.set_index(["group", "score", "factor"])["n"]
    assert set(fewer["medium"]) == {0}
    assert set(fewer["large"].xs("training_size", level="factor")) == {3}
    assert set(fewer["large"].xs("rmg", level="factor")) == {2}


def test_only_the_named_models_count(study):
    metrics, models = study
    options = {"groups": "training_set", "rows": ["rmg"], "only": "table3", "resamples": 99}
    found = score_correlations(models, metrics, SCORES[:1], **options)
    counts = models[models["table3"]].groupby("training_set").size()
    assert dict(zip(found["group"], found["n"], strict=True)) == counts.to_dict()
    assert set(counts.index) == {"openai", "laion400m", "laion2b", "webli"}


def test_without_such_a_column_all_models_count():
    metrics, models = zoo()
    options = {"groups": "training_set", "rows": ["rmg"], "only": "table3", "resamples": 99}
    assert score_correlations(models, metrics, OWN_SCORES[:1], **options)["n"].tolist() == [7]


def test_how_many_models_are_left_out_is_said(caplog):
    metrics, models = zoo()
    models = models.assign(chosen=models["group"] == "large")
    models.loc[0, "group"] = ""
    caplog.set_level(logging.INFO)
    score_correlations(
        models, metrics, OWN_SCORES[:1], groups="group", rows=["rmg"], only="chosen", resamples=99
    )
    assert "4 of 7 models left out (no group or not chosen)" in caplog.text


def test_a_choice_that_is_neither_true_nor_false_is_refused(study):
    metrics, models = study
    models = models.assign(table3="yes")
    with pytest.raises(InputError, match=r"column 'table3' is .*, expected true or false"):
        score_correlations(models, metrics, SCORES, only="table3", **TABLE1)


def test_no_score_gives_a_table_without_lines(study):
    metrics, models = study
    found = score_correlations(models, metrics, (), **TABLE1)
    assert list(found.columns) == [*SCORE_COLUMNS]
    assert found.empty


def set_values(metrics, metric, values):
    """A copy of the metric table with other values of one metric, by model."""
    metrics = metrics.copy()
    for model, value_of_model in values.items():
        here = (metrics["metric"] == metric) & (metrics["model"] == model)
        assert here.any()
        metrics.loc[here, "value"] = value_of_model
    return metrics


def test_a_model_near_chance_on_a_score_is_left_out_of_that_score_alone():
    metrics, models = zoo()
    of_all = dict.fromkeys(models["model"], 0.1)
    # Twice chance is enough; less is not. The others are at .3 and more.
    metrics = set_values(metrics, "chance:zero_shot:object", of_all)
    metrics = set_values(metrics, "zero_shot:object", {"medium0": 0.2, "medium1": 0.199})
    found = score_correlations(models, metrics, OWN_SCORES, rows=["rmg"], groups="group")
    counts = found.set_index(["group", "score"])[["n", "near_chance"]]
    assert counts.loc[("medium", "zero_shot:object")].tolist() == [3, 1]
    assert counts.loc[("large", "zero_shot:object")].tolist() == [2, 1]  # large0 is at .15
    assert counts.loc[("medium", "recall@1:image_to_text")].tolist() == [4, 0]
    everyone = score_correlations(
        models, metrics, OWN_SCORES, rows=["rmg"], groups="group", above_chance=1
    )
    assert set(everyone["near_chance"]) == {0}


def test_a_group_of_models_near_chance_has_no_tau(caplog):
    metrics, models = zoo()
    large = models.loc[models["group"] == "large", "model"]
    metrics = set_values(metrics, "chance:zero_shot:object", dict.fromkeys(large, 0.5))
    found = score_correlations(
        models, metrics, OWN_SCORES[2:], rows=["rmg"], groups="group", resamples=99
    ).set_index("group")
    assert found.loc["large", ["n", "near_chance"]].tolist() == [0, 3]
    assert np.isnan(found.loc["large", "tau"])
    assert found.loc["medium", ["n", "near_chance", "tau"]].tolist() == [4, 0, 1]
    assert "zero_shot:object: 3 models near chance left out" in caplog.text
