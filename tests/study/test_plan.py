from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from modgap.errors import InputError
from modgap.study.datasets import DatasetRow, read_datasets
from modgap.study.experiments import trained_models
from modgap.study.models import chosen_models, read_models
from modgap.study.plan import check_folders, check_names, check_roles, close_up_models, plan_of

ROOT = Path(__file__).parents[2]
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
    "near": replace(ROW, ideal_words=False),
    "words": replace(ROW, ideal_words=True),
    "far": replace(ROW, ideal_words=False),
}
NO_ROLES = {"models": [], "retrieval": "", "classification": "", "attributes": [], "class_sets": []}
ROLES = {
    "models": ["near", "words", "far"],
    "retrieval": "coco",
    "classification": "imagenet",
    "attributes": ["shoes", "states"],
    "class_sets": ["cifar10", "imagenet"],
}


def row(adapter, folder="x"):
    cells = dict.fromkeys(DatasetRow.__dataclass_fields__, "")
    return DatasetRow(**cells | {"adapter": adapter, "folder": folder})


DATASETS = {
    "coco": row("coco", "coco"),
    "photos": row("caption_folder"),
    "imagenet": row("imagenet", "imagenet"),
    "imagenet100": row("imagenet_subset", "imagenet"),
    "cifar10": row("cifar10", "cifar"),
    "cifar100": row("cifar100", "cifar"),
    "shoes": row("compositions"),
    "states": row("compositions", "states_here"),
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


def test_pretrained_models_are_measured_everywhere_and_the_named_ones_looked_into():
    plan = plan_of({}, PRETRAINED, ["near"], ROLES)
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
    plan = plan_of(TRAINED, PRETRAINED, ["near"], ROLES)
    assert plan.measured == (*OWN, *plan_of({}, PRETRAINED, ["near"], ROLES).measured)
    assert {model for model, _ in plan.retrieval} == {"near"}


def test_without_a_model_marked_for_them_ideal_words_are_of_the_close_up_models():
    unmarked = {name: replace(row, ideal_words=False) for name, row in PRETRAINED.items()}
    plan = plan_of({}, unmarked, ["near", "far"], ROLES)
    assert plan.ideal_words == tuple((m, d) for m in ("near", "far") for d in ("shoes", "states"))
    assert plan_of({}, unmarked, [], ROLES).ideal_words == ()


def test_no_close_up_model_looks_into_nothing_but_what_is_marked_for_ideal_words():
    for plan in (plan_of(TRAINED, {}, [], NO_ROLES), plan_of({}, PRETRAINED, [], ROLES)):
        assert plan.retrieval == plan.classification == plan.class_sets == ()
        assert {model for model, _ in plan.ideal_words} <= {"words"}
        assert plan.embedded == plan.measured


def test_the_paper_study_looks_into_the_models_that_the_sheet_marks():
    paper = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text())
    models = chosen_models(read_models(ROOT / "config" / "models.tsv"), "paper")
    found = close_up_models(paper["close_up"], {}, models)
    assert found == ["ViT-B-16__openai", "ViT-B-16-SigLIP__webli"]
    assert all(models[name].close_up for name in found)


@pytest.mark.parametrize(
    ("name", "pretrained", "message"),
    [
        ("captions-k6", {}, "'captions-k6', none of the study's trained models; did you mean 'cap"),
        ("xyz", {}, "'xyz', none .*; known: captions-k1, captions-k5, main_factor-maincolour"),
        (
            "wordz",
            PRETRAINED,
            "'wordz', none of the study's pretrained models; did you mean 'words",
        ),
        # Also the default of config.yaml in a study of pretrained models.
        ("captions-k1", PRETRAINED, "'captions-k1', none of .*; name some of pretrained.models "),
    ],
)
def test_a_close_up_model_that_the_study_does_not_have_is_refused(name, pretrained, message):
    known = [next(iter(pretrained or TRAINED))]
    assert close_up_models(known, TRAINED, pretrained) == known
    with pytest.raises(InputError, match=rf"^configuration: close_up names {message}"):
        close_up_models([*known, name], TRAINED, pretrained)


@pytest.mark.parametrize("role", ["retrieval", "classification", "attributes", "class_sets"])
def test_a_role_left_empty_plans_nothing_for_it(role):
    plan = plan_of({}, PRETRAINED, ["near"], ROLES | {role: NO_ROLES[role]})
    whole = plan_of({}, PRETRAINED, ["near"], ROLES)
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
    check_roles(ROLES, DATASETS)
    check_roles(NO_ROLES, {})


@pytest.mark.parametrize(
    ("role", "named", "message"),
    [
        ("retrieval", "cocoa", "retrieval names the unknown data set 'cocoa'; did you mean 'coco'"),
        (
            "classification",
            "x",
            "classification names .* 'x'; rows of datasets.tsv: coco, imagenet",
        ),
        ("class_sets", ["imagenet", "imagenets"], "class_sets names .*; did you mean 'imagenet'"),
        ("class_sets", ["cifar10"], "class_sets names the unknown data set 'cifar10'"),
    ],
)
def test_an_unknown_data_set_is_named_with_its_role_and_the_nearest(role, named, message):
    with pytest.raises(InputError, match=rf"^configuration: pretrained.{message}"):
        check_roles(NO_ROLES | {role: named}, {n: DATASETS[n] for n in ("coco", "imagenet")})


# What a data set of each adapter holds: captions, classes, or attributes of objects.
FIT = {
    "retrieval": ("coco", "photos"),
    "classification": ("imagenet", "imagenet100", "cifar10", "cifar100"),
    "attributes": ("shoes", "states"),
    "class_sets": ("imagenet", "imagenet100", "cifar10", "cifar100"),
}


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("role", FIT)
def test_a_data_set_that_lacks_what_a_role_takes_is_refused(role, name):
    roles = NO_ROLES | {role: [name] if isinstance(NO_ROLES[role], list) else name}
    if name in FIT[role]:
        check_roles(roles, DATASETS)
        return
    message = f"pretrained.{role} names '{name}', but adapter '{DATASETS[name].adapter}' makes a .*"
    with pytest.raises(InputError, match=f"{message} for {role}: {', '.join(FIT[role])}$"):
        check_roles(roles, DATASETS)


def test_a_role_that_no_data_set_fits_says_so():
    with pytest.raises(InputError, match="or class_sets; data sets for retrieval: none in data"):
        check_roles(NO_ROLES | {"retrieval": "cifar10"}, {"cifar10": DATASETS["cifar10"]})


def test_the_papers_data_sets_fit_their_roles():
    paper = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text())
    check_roles(paper["pretrained"], read_datasets(ROOT / "config" / "datasets.tsv"))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("cocoo", "folders.cocoo: no data set has this folder; did you mean 'coco'"),
        # A data set's own name where its folder has another one.
        ("states", "folders.states: .*; did you mean 'states_here'"),
        ("zzz", "folders.zzz: .*; the column folder of .* has: coco, x, imagenet, cifar, states_h"),
    ],
)
def test_a_folder_that_no_data_set_looks_up_is_refused(key, message):
    check_folders({"coco": "a", "cifar": "b"}, DATASETS)
    check_folders({}, {})
    with pytest.raises(InputError, match=rf"^configuration: {message}"):
        check_folders({"coco": "a", key: "b"}, DATASETS)


@pytest.mark.parametrize("class_sets", [[], ["cifar10"]])
def test_models_without_a_data_set_to_measure_them_on_are_refused(class_sets):
    roles = NO_ROLES | {"models": "paper", "class_sets": class_sets}
    with pytest.raises(InputError, match=r"no data set to measure them on; set pretrained.retrie"):
        check_roles(roles, DATASETS)
    check_roles(roles | {"attributes": ["shoes"]}, DATASETS)


def test_a_key_that_names_no_data_set_is_refused():
    check_names("skip_bad", ["shoes", "states"], DATASETS)
    expected = r"configuration: skip_bad names the unknown data set 'shoe'; did you mean 'shoes'"
    with pytest.raises(InputError, match=expected):
        check_names("skip_bad", ["states", "shoe"], DATASETS)
