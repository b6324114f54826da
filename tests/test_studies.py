from pathlib import Path

import pytest
import yaml

from modgap.errors import InputError
from modgap.studies import MAD_CLASSES, known_models, mad_captions, trained_models

DEFAULT = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
MODEL = {
    "items": 2000,
    "mismatched": 0.0,
    "filtered": 0.0,
    "epochs": 3,
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


def test_the_default_study_holds_what_the_figures_need():
    models = trained_models(DEFAULT).values()
    captions = [m for m in models if m.experiment == "captions"]
    seeds = {k: {m.seed for m in captions if m.attributes == k} for k in range(6)}
    assert all(len(found) >= 3 for found in seeds.values())
    assert sum(m.experiment == "zoo" for m in models) >= 24
    main = {m.main_factor for m in models if m.attributes == 1}
    assert main == {"digit", "thickness", "swelling", "fracture", "scale", "colour"}


def test_a_data_set_name_gives_its_captions_back():
    for model in trained_models(DEFAULT).values():
        assert mad_captions(model.dataset) == (model.main_factor, model.attributes)


def test_the_data_set_of_classes_has_no_captions():
    assert mad_captions(MAD_CLASSES) is None


@pytest.mark.parametrize("name", ["mad-digit", "coco", "mad-digit-kx", "mad-digit-colour-k1"])
def test_a_name_that_is_no_mad_data_set_is_refused(name):
    with pytest.raises(InputError, match=f"data set '{name}': MAD data sets are mad-digit-colour"):
        mad_captions(name)


def test_an_unknown_model_is_named_with_the_nearest_known_one():
    models = trained_models(DEFAULT)
    assert known_models(["captions-k1-s0"], models, "close_up") == ["captions-k1-s0"]
    with pytest.raises(InputError, match=r"close_up names .* 'captions-k1-s9'; did you mean"):
        known_models(["captions-k1-s9"], models, "close_up")
    with pytest.raises(InputError, match="known models: captions-k0-s0"):
        known_models(["xyz"], models, "close_up")
