import numpy as np
import pandas as pd
import pytest
from helpers.synthetic_results import metric_row, zoo

from modgap.errors import InputError
from modgap.stats.chance import least_score, near_chance
from modgap.stats.quantities import ATTRIBUTES, OBJECT, RECALL_TEXT_TO_IMAGE, RMG


def test_with_many_classes_the_least_score_is_so_many_times_chance():
    assert least_score(1 / 4000, 2) == 2 / 4000
    assert least_score(0.1, 2) == 0.2
    assert least_score(0.1, 3) == pytest.approx(0.3)


def test_with_two_classes_it_is_halfway_to_perfect():
    # Twice chance would be 1: half of the errors of chance instead.
    assert least_score(0.5, 2) == 0.75
    assert least_score(0.5, 4) == 0.875


@pytest.mark.parametrize("times", [1, 1.5, 2, 5])
def test_it_lies_between_chance_and_one_and_grows_with_chance(times):
    chance = np.linspace(0, 1, 101)
    least = np.array([least_score(each, times) for each in chance])
    assert (least >= chance - 1e-12).all()
    assert (least <= 1).all()
    assert (np.diff(least) > 0).all()
    if times == 1:
        np.testing.assert_allclose(least, chance)


def test_the_two_halves_of_the_rule_meet():
    # 2c = (1 + c)/2 at a third.
    assert least_score(1 / 3, 2) == pytest.approx(2 / 3)


def table(values, chance):
    rows = [metric_row(model, "zero_shot:object", value) for model, value in values.items()]
    rows += [metric_row(model, "chance:zero_shot:object", x) for model, x in chance.items()]
    return pd.DataFrame(rows)


def test_each_model_stands_against_its_own_chance():
    values = {"ten": 0.25, "two": 0.7, "limit": 0.2, "below": 0.1999}
    chance = {"ten": 0.1, "two": 0.5, "limit": 0.1, "below": 0.1}
    found = near_chance(table(values, chance), OBJECT, 2)
    assert found.to_dict() == {"ten": False, "two": True, "limit": False, "below": True}


def test_a_score_without_its_chance_is_refused():
    with pytest.raises(InputError, match=r"model 'b' has .*zero_shot:object.* but not"):
        near_chance(table({"a": 0.5, "b": 0.5}, {"a": 0.1}), OBJECT, 2)
    with pytest.raises(InputError, match=r"no model has \['chance:zero_shot:object'\]"):
        near_chance(table({"a": 0.5}, {}), OBJECT, 2)


def test_a_gap_has_no_chance():
    metrics, models = zoo()
    assert not near_chance(metrics, RMG, 2).any()
    assert len(near_chance(metrics, RMG, 2)) == len(models)


@pytest.mark.parametrize("score", [OBJECT, ATTRIBUTES, RECALL_TEXT_TO_IMAGE])
def test_every_score_has_one(score):
    assert score.is_score
    assert score.chance.is_score
    assert score.chance.scale == 100
    assert score.chance.metrics[0] == f"chance:{score.metrics[0]}"
    assert not RMG.is_score
