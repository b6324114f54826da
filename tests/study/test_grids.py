import pytest

from modgap.errors import InputError
from modgap.study.experiments import trained_models
from modgap.study.model_settings import ModelSettings

BASE = ModelSettings(items=2000)


def test_a_grid_trains_every_combination_once():
    models = trained_models("captions", {"attributes": [1, 5], "seed": [0, 1, 2]}, BASE)
    assert list(models)[:2] == ["captions-k1-s0", "captions-k1-s1"]
    assert len(models) == 6
    settings = models["captions-k5-s2"].settings
    assert (settings.attributes, settings.seed, settings.embed_dim) == (5, 2, BASE.embed_dim)
    assert trained_models("zoo", {}, BASE)["zoo"].settings == BASE


def test_a_name_holds_the_pool_and_the_epochs_that_an_experiment_varies():
    grid = {"items": [500, 2000], "filtered": [0, 0.5], "mismatched": [0.4], "epochs": [2]}
    models = trained_models("pools", grid, BASE)
    assert list(models) == [
        f"pools-n{items}-x0.4-f{filtered}-e2" for items in (500, 2000) for filtered in (0, 0.5)
    ]
    settings = models["pools-n500-x0.4-f0.5-e2"].settings
    assert (settings.items, settings.mismatched, settings.filtered) == (500, 0.4, 0.5)
    assert settings.items_left == 400
    # A filter changes what is trained on, not what is measured.
    assert {model.own_data for model in models.values()} == {"mad-digit-k1"}


def test_a_setting_without_a_list_holds_for_the_whole_experiment_and_is_not_in_names():
    grid = {"epochs": 5, "text_rest": 0.5, "learnable_temperature": False, "seed": [0, 1]}
    models = trained_models("main_factor", grid, BASE)
    assert list(models) == ["main_factor-s0", "main_factor-s1"]
    for model in models.values():
        assert model.settings.model_dump().items() >= {"epochs": 5, "text_rest": 0.5}.items()


def test_a_name_of_several_settings_of_a_loss_is_a_file_name():
    """Written as Python writes them, they had braces and quotes, which no rule could match."""
    grid = {"loss": "sigmoid", "loss_settings": [{}, {"initial_bias": -10}, {"a": 0.5, "b": True}]}
    models = trained_models("x", grid, BASE)
    assert list(models) == ["x-set", "x-setinitial_bias-10", "x-seta0.5+bTrue"]
    with pytest.raises(
        InputError, match=r"x.train: its model 'x-seta/b' is named after the values"
    ):
        trained_models("x", {"loss_settings": [{"a": "/b"}]}, BASE)


def test_one_value_written_in_two_ways_is_one():
    with pytest.raises(InputError, match=r"experiments.x.train: 'x-e1.0' is another of its models"):
        trained_models("x", {"epochs": [1, 1.0]}, BASE)
