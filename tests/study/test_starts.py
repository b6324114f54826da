from pathlib import Path

import pytest

from modgap.errors import InputError
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]


def study_of(experiments, **more):
    return Study.of({"experiments": experiments, **more}, ROOT / "config")


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


def test_starts_that_go_round_in_a_circle_are_refused():
    train = {"attributes": 1, "seed": 0}
    own = {"retrieval": "own"}
    experiments = {
        "first": {"train": {**train, "from": "second"}, "data": own},
        "second": {"train": {**train, "from": "first"}, "data": own},
    }
    with pytest.raises(InputError, match=r"from goes round in a circle: .*first.* → .*second"):
        study_of(experiments)


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
