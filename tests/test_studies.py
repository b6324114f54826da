from pathlib import Path

import pytest
import yaml

from modgap.errors import InputError
from modgap.studies import known_models, mad_captions, trained_models

DEFAULT = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())


def test_a_grid_trains_every_combination_once():
    config = DEFAULT | {
        "experiments": {"captions": {"attributes": [1, 5], "seed": [0, 1, 2]}, "zoo": {}}
    }
    models = trained_models(config)
    assert list(models)[:2] == ["captions-k1-s0", "captions-k1-s1"]
    assert len(models) == 7
    assert models["captions-k5-s2"].attributes == 5
    assert models["captions-k5-s2"].seed == 2
    assert models["captions-k5-s2"].embed_dim == DEFAULT["model"]["embed_dim"]
    assert models["zoo"].settings() == DEFAULT["model"]


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


def test_an_unknown_model_is_named_with_the_nearest_known_one():
    models = trained_models(DEFAULT)
    assert known_models(["captions-k1-s0"], models, "close_up") == ["captions-k1-s0"]
    with pytest.raises(InputError, match=r"close_up names .* 'captions-k1-s9'; did you mean"):
        known_models(["captions-k1-s9"], models, "close_up")
    with pytest.raises(InputError, match="known models: captions-k0-s0"):
        known_models(["xyz"], models, "close_up")
