from pathlib import Path

import numpy as np
import pytest
import yaml

from modgap.errors import InputError
from modgap.mad.batches import TrainingData
from modgap.mad.pools import filtered_pool
from modgap.study.experiments import MAD_CLASSES, mad_captions, trained_models

DEFAULT = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
MODEL = {
    "items": 2000,
    "mismatched": 0.0,
    "filtered": 0.0,
    "epochs": 3,
    "text_rest": 0.0,
    "initial_temperature": 0.07,
    "learnable_temperature": True,
    "embed_dim": 64,
    "image_tower": "test_resnet",
    "text_width": 32,
    "text_layers": 2,
    "attributes": 1,
    "main_factor": "digit",
    "seed": 0,
}


def test_a_grid_trains_every_combination_once():
    config = DEFAULT | {
        "model": MODEL,
        "experiments": {"captions": {"attributes": [1, 5], "seed": [0, 1, 2]}, "zoo": {}},
    }
    models = trained_models(config)
    assert list(models)[:2] == ["captions-k1-s0", "captions-k1-s1"]
    assert len(models) == 7
    assert models["captions-k5-s2"].attributes == 5
    assert models["captions-k5-s2"].seed == 2
    assert models["captions-k5-s2"].embed_dim == 64
    assert models["zoo"].settings() == MODEL


def test_a_name_holds_the_pool_and_the_epochs_that_an_experiment_varies():
    grid = {"items": [500, 2000], "filtered": [0, 0.5], "mismatched": [0.4], "epochs": [2]}
    models = trained_models(DEFAULT | {"model": MODEL, "experiments": {"pools": grid}})
    assert list(models) == [
        f"pools-n{items}-x0.4-f{filtered}-e2" for items in (500, 2000) for filtered in (0, 0.5)
    ]
    model = models["pools-n500-x0.4-f0.5-e2"]
    assert (model.items, model.mismatched, model.filtered, model.epochs) == (500, 0.4, 0.5, 2)
    # A filter changes what is trained on, not what is measured.
    assert {model.dataset for model in models.values()} == {"mad-digit-k1"}


def test_a_setting_without_a_list_holds_for_the_whole_experiment_and_is_not_in_names():
    grid = {"epochs": 5, "text_rest": 0.5, "learnable_temperature": False, "seed": [0, 1]}
    config = DEFAULT | {"model": MODEL, "experiments": {"main_factor": grid, "zoo": {"items": 500}}}
    models = trained_models(config)
    assert list(models) == ["main_factor-s0", "main_factor-s1", "zoo"]
    for seed in (0, 1):
        assert models[f"main_factor-s{seed}"].settings() == MODEL | grid | {"seed": seed}
    assert models["zoo"].settings() == MODEL | {"items": 500}


def test_the_training_settings_have_short_names_too():
    grid = {"text_rest": [0.25], "initial_temperature": [1.0], "learnable_temperature": [False]}
    models = trained_models(DEFAULT | {"model": MODEL, "experiments": {"zoo": grid}})
    assert list(models) == ["zoo-r0.25-t1.0-learntFalse"]


@pytest.mark.parametrize(("mismatched", "filtered"), [(0, 1), (0.29, 0.5), (0.6, 0.25), (1, 1)])
def test_the_items_left_are_those_that_a_filter_leaves(mismatched, filtered):
    base = MODEL | {"items": 250, "mismatched": mismatched, "filtered": filtered}
    (model,) = trained_models(DEFAULT | {"model": base, "experiments": {"pools": {}}}).values()
    pool = TrainingData(np.zeros((250, 1, 1), np.uint8), np.zeros((250, 6), np.uint8))
    assert model.items_left == len(filtered_pool(pool, mismatched, filtered, seed=0).pairs)


def test_the_default_study_holds_what_the_figures_need():
    models = trained_models(DEFAULT).values()
    captions = [m for m in models if m.experiment == "captions"]
    seeds = {k: {m.seed for m in captions if m.attributes == k} for k in range(6)}
    assert all(len(found) >= 3 for found in seeds.values())
    assert sum(m.experiment == "zoo" for m in models) >= 24
    main = [m.main_factor for m in models if m.experiment == "main_factor" and m.attributes == 1]
    assert main == ["digit", "thickness", "swelling", "fracture", "scale", "colour"]
    pools = [m for m in models if m.experiment == "pools"]
    assert {m.filtered for m in pools} == {0, 0.5, 1}
    assert all(m.mismatched > 0 for m in pools)


def test_a_data_set_name_gives_its_captions_back():
    for model in trained_models(DEFAULT).values():
        assert mad_captions(model.dataset) == (model.main_factor, model.attributes)


def test_the_data_set_of_classes_has_no_captions():
    assert mad_captions(MAD_CLASSES) is None


@pytest.mark.parametrize("name", ["mad-digit", "coco", "mad-digit-kx", "mad-digit-colour-k1"])
def test_a_name_that_is_no_mad_data_set_is_refused(name):
    with pytest.raises(InputError, match=f"data set '{name}': MAD data sets are mad-digit-colour"):
        mad_captions(name)
