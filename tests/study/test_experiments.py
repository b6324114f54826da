from pathlib import Path

import pytest
import yaml
from helpers.tiny_study import overlaid

from modgap.errors import InputError
from modgap.study.experiments import trained_models
from modgap.study.mad_datasets import CLASSES, FACTORS, is_mad, mad_captions, mad_dataset
from modgap.study.model_settings import ModelSettings
from modgap.study.shards import ShardSettings
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]
BASE = ModelSettings(items=2000)


def study_of(experiments, **more):
    return Study.of({"experiments": experiments, **more}, ROOT / "config")


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


@pytest.mark.parametrize("factor", FACTORS)
def test_the_name_of_a_mad_data_set_says_its_captions(factor):
    for attributes in range(6):
        name = mad_dataset(factor, attributes)
        assert is_mad(name)
        assert mad_captions(name) == (factor, attributes, None, (), ())
    assert mad_captions(f"{name}-n500") == (factor, 5, 500, (), ())


def test_the_name_says_which_factors_are_unnamed_and_hidden_in_one_order():
    name = mad_dataset("digit", 5, unnamed="colour+scale", hidden="thickness")
    assert name == mad_dataset("digit", 5, unnamed="scale+colour", hidden="thickness")
    assert name == "mad-digit-k5-unnamed-scale+colour-hidden-thickness"
    assert mad_captions(name) == ("digit", 5, None, ("scale", "colour"), ("thickness",))
    only = mad_dataset("digit", 1, hidden="colour")
    assert mad_captions(f"{only}-n7") == ("digit", 1, 7, (), ("colour",))


def test_models_of_poorer_images_have_test_images_as_poor():
    grid = {"hidden": ["", "scale+colour"], "unnamed": "thickness", "attributes": 5}
    models = trained_models("poorer", grid, BASE)
    assert list(models) == ["poorer-h", "poorer-hscale+colour"]
    assert models["poorer-h"].own_data == "mad-digit-k5-unnamed-thickness"
    own = models["poorer-hscale+colour"].own_data
    assert own == "mad-digit-k5-unnamed-thickness-hidden-scale+colour"


@pytest.mark.parametrize("key", ["unnamed", "hidden"])
def test_a_set_of_factors_that_cannot_be_meant_is_refused(key):
    with pytest.raises(InputError, match=rf"experiments\.x\.train.{key}.*hue"):
        trained_models("x", {key: "hue"}, BASE)
    with pytest.raises(InputError, match=rf"{key}.*the digit and the main factor"):
        trained_models("x", {key: "scale+digit"}, BASE)
    with pytest.raises(InputError, match=rf"{key}.*the digit and the main factor"):
        trained_models("x", {key: "colour", "main_factor": "colour"}, BASE)


def test_a_shared_tower_needs_two_transformers():
    grid = {"shared_tower": [True, False], "image_tower": "transformer"}
    assert [*trained_models("x", grid, BASE)] == ["x-sharedTrue", "x-sharedFalse"]
    with pytest.raises(InputError, match=r"x\.train\.shared_tower.*set image_tower: transformer"):
        trained_models("x", {"shared_tower": True}, BASE)


def test_other_names_are_no_mad_data_sets():
    assert mad_captions(CLASSES) is None
    for name in ("mad-digit", "mad-colour-k6", "mad-digit-k1-n0", "coco"):
        assert not is_mad(name)
        with pytest.raises(InputError, match="mad-FACTOR-kNUMBER"):
            mad_captions(name)


MIXED = {
    "small": {"train": {"attributes": [1, 5]}, "data": {"retrieval": "own", "attributes": "own"}},
    "large": {
        "sheet": ["two_effects_close_up", "RN50__openai"],
        "without": ["ViT-B-16__openai"],
        "data": {"retrieval": "coco", "class_sets": ["cifar10", "cifar100"]},
    },
    "untrained": {"random": ["RN50"], "seeds": [0, 1], "data": {"retrieval": "mad-digit-k5"}},
    "both": {"models": ["small", "RN50__openai"], "data": {"class_sets": ["mad-digit-colour"]}},
}


def test_experiments_of_any_source_stand_side_by_side():
    study = study_of(MIXED)
    assert study.experiments["small"].models == ("small-k1", "small-k5")
    assert study.experiments["large"].models == ("RN50__openai", "ViT-B-16-SigLIP__webli")
    assert study.experiments["untrained"].models == ("RN50-random-s0", "RN50-random-s1")
    assert study.experiments["both"].models == ("small-k1", "small-k5", "RN50__openai")
    assert {model.kind for model in study.models.values()} == {"trained", "open_clip", "random"}
    assert study.pairs("small") == [("small-k1", "mad-digit-k1"), ("small-k5", "mad-digit-k5")]
    assert study.pairs("both") == [(name, CLASSES) for name in study.experiments["both"].models]
    assert study.pairs("large", ["retrieval"]) == [
        ("RN50__openai", "coco"),
        ("ViT-B-16-SigLIP__webli", "coco"),
    ]
    assert len(study.pairs("large")) == 6
    assert len(study.measured) == len(set(study.measured)) == 2 + 6 + 2 + 3


def test_the_paper_study_takes_the_papers_models():
    config = overlaid(yaml.safe_load((ROOT / "config/paper.yaml").read_text()))
    study = Study.of(config, ROOT / "config")
    counts = {name: len(each.models) for name, each in study.experiments.items()}
    assert counts["zoo"] == 101
    assert counts["training_sets"] == 39
    assert counts["pools"] == 21
    assert study.experiments["close_up"].models == ("ViT-B-16__openai", "ViT-B-16-SigLIP__webli")
    assert study.experiments["ideal_words"].models == ("ViT-L-14__openai",)
    assert sum(model.kind == "open_clip" for model in study.models.values()) == 108
    # These have a study of their own, but for the sweep of a rate that is the common one there.
    assert set(study.absent) == {
        *("mind_the_gap_temperature_sweep", "mind_the_gap_initialisation", "about_imbalance"),
        "two_effects_fig8_common_rate",
    }
    on_shards = {name for name, each in study.experiments.items() if each.source == "shards"}
    assert on_shards == {
        *("full_captions", "half_captions", "quarter_captions", "sentences", "refine"),
        *("refine_control", "dense"),
    }


ON_SHARDS = {
    "full": {"shards": {"data": "cc12m", "seed": [0, 1]}, "data": {"retrieval": "coco"}},
    "tuned": {
        "shards": {
            "data": "cc12m", "from": "full", "captions": "quarter", "seed": [0, 1],
            "learnable_temperature": [True, False],
        },
        "data": {"retrieval": "coco"},
    },
}  # fmt: skip


def test_models_on_shards_start_from_random_weights_of_their_seed_or_from_others():
    study = study_of(ON_SHARDS)
    assert study.sharded == [
        *("full-s0", "full-s1"),
        *(f"tuned-learnt{learnt}-s{seed}" for learnt in (True, False) for seed in (0, 1)),
    ]
    assert study.models["full-s1"].start == "RN50-random-s1"
    random = study.models["RN50-random-s1"]
    assert (random.kind, random.architecture, random.seed) == ("random", "RN50", 1)
    assert study.models["tuned-learntFalse-s1"].start == "full-s1"
    assert study.models["tuned-learntFalse-s1"].shards.learnable_temperature is False
    assert study.folder("full-s0") == "<results>/models/full-s0"
    assert study.trained == []
    # Only what was declared is measured.
    assert study.pairs("full") == [("full-s0", "coco"), ("full-s1", "coco")]
    assert study.shards("full-s0") == "resources/datasets/cc12m"
    named = study_of(ON_SHARDS, folders={"cc12m": "/shards"})
    assert named.shards("tuned-learntTrue-s0") == "/shards"


def test_the_defaults_on_shards_are_the_papers():
    settings = ShardSettings(data="cc12m")
    assert settings.processes * settings.batch_size == 880
    assert (settings.architecture, settings.epochs, settings.precision) == ("RN50", 30, "amp")
    assert (settings.learning_rate, settings.weight_decay, settings.warmup_steps) == (
        *(1e-3, 0.2, 10_000),
    )
    assert (settings.beta1, settings.beta2, settings.epsilon) == (0.9, 0.999, 1e-8)
    assert settings.threads == 72


def test_models_on_shards_may_start_from_a_model_of_the_sheet():
    experiments = {
        "sheet": {"sheet": ["ViT-B-16__openai"], "data": {"retrieval": "coco"}},
        "dense": {
            "shards": {"data": "dci", "from": "ViT-B-16__openai"},
            "data": {"retrieval": "coco"},
        },
    }
    study = study_of(experiments)
    assert study.models["dense"].start == "ViT-B-16__openai"
    assert study.folder("ViT-B-16__openai").startswith("<resources>")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"caption": "half"}, r"unknown key 'experiments\.full\.shards\.caption'; .*'captions'"),
        ({"processes": 0}, r"'experiments\.full\.shards\.processes': 0"),
        ({"data": None}, r"experiments\.full\.shards\.data"),
        ({"from": "ful"}, r"from: 'ful' is no model that the study trains; did you mean 'full"),
        ({"captions": ["half", "half"]}, "none of them twice"),
    ],
)
def test_what_cannot_be_meant_on_shards(change, message):
    full = ON_SHARDS["full"] | {"shards": ON_SHARDS["full"]["shards"] | change}
    with pytest.raises(InputError, match=message):
        study_of({"full": full})


@pytest.mark.parametrize(
    "experiments",
    [
        {
            "a": {"train": {"attributes": 5, "seed": [0, 1]}, "data": {"retrieval": "own"}},
            "a-s0": {"train": {"attributes": 1, "seed": 7}, "data": {"retrieval": "own"}},
        },
        {
            "a-k1": {"train": {}, "data": {"retrieval": "own"}},
            "a": {"train": {"attributes": [1, 5], "epochs": 1}, "data": {"retrieval": "own"}},
        },
    ],
)
def test_two_models_of_one_name_are_refused(experiments):
    with pytest.raises(InputError, match=r"experiments\.\S+ and experiments\.\S+ both have a mod"):
        study_of(experiments)


def test_a_model_may_be_of_several_experiments():
    one = {"random": ["RN50"], "data": {"retrieval": "mad-digit-k5"}}
    assert list(study_of({"one": one, "other": one}).models) == ["RN50-random-s0"]
