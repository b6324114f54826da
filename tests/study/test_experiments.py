from pathlib import Path

import pytest
import yaml
from helpers.tiny_study import overlaid

from modgap.errors import InputError
from modgap.study.experiments import trained_models
from modgap.study.mad_datasets import CLASSES
from modgap.study.model_settings import ModelSettings
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]
BASE = ModelSettings(items=2000)


def study_of(experiments, **more):
    return Study.of({"experiments": experiments, **more}, ROOT / "config")


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
