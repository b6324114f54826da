from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from modgap.errors import InputError
from modgap.plan import check_roles, plan_of
from modgap.studies import trained_models
from modgap.zoo.sheet import read_models

ROOT = Path(__file__).parents[1]
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())
EXPERIMENTS = {"captions": {"attributes": [1, 5]}, "main_factor": {"main_factor": ["colour"]}}
TRAINED = trained_models(DEFAULT | {"experiments": EXPERIMENTS})
OWN = [
    ("captions-k1", "mad-digit-k1"),
    ("captions-k5", "mad-digit-k5"),
    ("main_factor-maincolour", "mad-colour-k1"),
]
# One model to look into, one for ideal words, one for neither.
ROW = next(iter(read_models(ROOT / "config" / "models.tsv").values()))
PRETRAINED = {
    "near": replace(ROW, close_up=True, ideal_words=False),
    "words": replace(ROW, close_up=False, ideal_words=True),
    "far": replace(ROW, close_up=False, ideal_words=False),
}
NO_ROLES = {"models": [], "retrieval": "", "classification": "", "attributes": [], "class_sets": []}
ROLES = {
    "models": ["near", "words", "far"],
    "retrieval": "coco",
    "classification": "imagenet",
    "attributes": ["shoes", "states"],
    "class_sets": ["cifar10", "imagenet"],
}


def test_trained_models_are_measured_on_their_own_captions_and_looked_into_on_classes_too():
    plan = plan_of(TRAINED, {}, ["captions-k5"], NO_ROLES)
    own, classes = ("captions-k5", "mad-digit-k5"), ("captions-k5", "mad-digit-colour")
    assert plan.measured == tuple(OWN)
    assert plan.retrieval == plan.ideal_words == (own,)
    assert plan.classification == (classes,)
    assert plan.class_sets == (own, classes)
    assert plan.embedded == (*OWN, classes)
    assert plan.datasets == ["mad-colour-k1", "mad-digit-colour", "mad-digit-k1", "mad-digit-k5"]


def test_pretrained_models_are_measured_everywhere_and_the_marked_ones_looked_into():
    plan = plan_of({}, PRETRAINED, [], ROLES)
    everywhere = ["coco", "imagenet", "shoes", "states"]
    assert plan.measured == tuple((model, name) for model in PRETRAINED for name in everywhere)
    assert plan.retrieval == (("near", "coco"),)
    assert plan.classification == (("near", "imagenet"),)
    assert plan.class_sets == (("near", "cifar10"), ("near", "imagenet"))
    assert plan.ideal_words == (("words", "shoes"), ("words", "states"))
    # Of the class sets, imagenet is measured on already.
    assert plan.embedded == (*plan.measured, ("near", "cifar10"))
    assert plan.datasets == ["cifar10", "coco", "imagenet", "shoes", "states"]


def test_both_kinds_of_models_stand_side_by_side():
    plan = plan_of(TRAINED, PRETRAINED, [], ROLES)
    assert plan.measured == (*OWN, *plan_of({}, PRETRAINED, [], ROLES).measured)
    assert {model for model, _ in plan.retrieval} == {"near"}


@pytest.mark.parametrize("role", ["retrieval", "classification", "attributes", "class_sets"])
def test_a_role_left_empty_plans_nothing_for_it(role):
    plan = plan_of({}, PRETRAINED, [], ROLES | {role: NO_ROLES[role]})
    whole = plan_of({}, PRETRAINED, [], ROLES)
    lost = {"attributes": "ideal_words"}.get(role, role)
    for name in ("retrieval", "classification", "class_sets", "ideal_words"):
        assert getattr(plan, name) == (() if name == lost else getattr(whole, name))
    gone = {"class_sets": []}.get(role, ROLES[role])
    gone = [gone] if isinstance(gone, str) else gone
    assert plan.measured == tuple(pair for pair in whole.measured if pair[1] not in gone)


def test_a_data_set_of_two_roles_is_measured_once():
    plan = plan_of({}, PRETRAINED, [], ROLES | {"classification": "shoes", "class_sets": []})
    assert len(plan.measured) == len(set(plan.measured)) == 3 * 3
    assert plan.embedded == plan.measured


def test_declared_roles_and_a_study_without_models_are_taken():
    check_roles(ROLES, ["coco", "imagenet", "shoes", "states", "cifar10"])
    check_roles(NO_ROLES, [])


@pytest.mark.parametrize(
    ("role", "named", "message"),
    [
        ("retrieval", "cocoa", "retrieval names the unknown data set 'cocoa'; did you mean 'coco'"),
        (
            "classification",
            "x",
            "classification names .* 'x'; rows of datasets.tsv: coco, imagenet",
        ),
        ("attributes", ["coco", "imagenets"], "attributes names .*; did you mean 'imagenet'"),
        ("class_sets", ["cifar10"], "class_sets names the unknown data set 'cifar10'"),
    ],
)
def test_an_unknown_data_set_is_named_with_its_role_and_the_nearest(role, named, message):
    with pytest.raises(InputError, match=rf"^configuration: pretrained.{message}"):
        check_roles(NO_ROLES | {role: named}, ["coco", "imagenet"])


@pytest.mark.parametrize("class_sets", [[], ["coco"]])
def test_models_without_a_data_set_to_measure_them_on_are_refused(class_sets):
    roles = NO_ROLES | {"models": "paper", "class_sets": class_sets}
    with pytest.raises(InputError, match=r"no data set to measure them on; set pretrained.retrie"):
        check_roles(roles, ["coco"])
    check_roles(roles | {"attributes": ["coco"]}, ["coco"])
