import copy
import math
from pathlib import Path

import jsonschema
import pytest
import yaml
from snakemake.utils import update_config

from modgap.errors import InputError
from modgap.study.config import ROLES, SCHEMA, json_schema, read_config
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())
STUDIES = sorted((ROOT / "config").glob("*.yaml"))


def changed(path, value):
    config = copy.deepcopy(DEFAULT)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[key] = value
    return config


def study_of(config):
    return Study.of(config, ROOT / "config")


def overlaid(path):
    config = copy.deepcopy(DEFAULT)
    update_config(config, yaml.safe_load(path.read_text()))
    return config


def without_null(values):
    """As Snakemake hands it over, less what an overlay leaves out."""
    if not isinstance(values, dict):
        return values
    return {key: without_null(value) for key, value in values.items() if value is not None}


def test_the_default_study_is_valid():
    study_of(DEFAULT)


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: p.name)
def test_every_other_study_is_valid_over_the_default_and_has_a_folder_of_its_own(path):
    assert study_of(overlaid(path)).config.results != DEFAULT["results"]


TRAIN = "experiments.zoo.train"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("training.batchsize", 3, "unknown key 'training.batchsize'; did you mean 'batch_size'"),
        ("training.epochs", 3, "unknown key 'training.epochs'; known keys: precision"),
        ("model.epoch", 3, "unknown key 'model.epoch'; did you mean 'epochs'"),
        ("trainning", {}, "unknown key 'trainning'; did you mean 'training'"),
        (f"{TRAIN}.zzz", [1], f"unknown key '{TRAIN}.zzz'; known keys: data"),
        (f"{TRAIN}.epoch", 1, f"unknown key '{TRAIN}.epoch'; did you mean 'epochs'"),
        (
            "experiments.zoo.sheets",
            "x",
            "unknown key 'experiments.zoo.sheets'; did you mean 'sheet",
        ),
        ("experiments.zoo", [1], r"key 'experiments.zoo': \[1\]: input should be a valid dict"),
        ("experiments", "all", "key 'experiments': 'all': input should be a valid dictionary"),
        ("model.epochs", 0, "key 'model.epochs': 0: input should be greater than 0"),
        ("model.items", 0, "key 'model.items': 0: input should be greater than or equal to 1"),
        ("model.epochs", [1, 2], r"key 'model.epochs': \[1, 2\]: input should be a valid number"),
        ("model.items", 2.0, "key 'model.items': 2.0: input should be a valid integer"),
        ("model.seed", True, "key 'model.seed': True: input should be a valid integer"),
        ("model.mismatched", math.nan, "key 'model.mismatched': nan: input should be "),
        (
            "training.weight_decay",
            math.inf,
            "key 'training.weight_decay': inf: input should be a f",
        ),
        ("model.text_rest", 1, "key 'model.text_rest': 1: input should be less than 1"),
        ("model.initial_temperature", 0, "key 'model.initial_temperature': 0: input should be gr"),
        (f"{TRAIN}.epochs", 0, f"key '{TRAIN}.epochs': 0: input should be greater than 0"),
        (f"{TRAIN}.epochs", [1, 0], f"key '{TRAIN}.epochs': 0: input should be greater than 0"),
        (f"{TRAIN}.epochs", [], rf"key '{TRAIN}.epochs': \[\]: expected at least one value"),
        (f"{TRAIN}.seed", [1, 1], rf"key '{TRAIN}.seed': \[1, 1\]: .* none of them twice"),
        (
            f"{TRAIN}.learnable_temperature",
            1,
            "learnable_temperature': 1: input should be a valid b",
        ),
        (f"{TRAIN}.main_factor", "color", "main_factor': 'color': input should be 'digit', "),
        ("device", "gpu", "key 'device': 'gpu': string should match pattern"),
        ("experiments.captions.train.attributes", [6], "attributes': 6: input should be less than"),
        (f"{TRAIN}.items", [50_000], f"{TRAIN}: items asks for 50000 training items"),
        ("model.items", 50_000, "items asks for 50000 training items, mad.train_items makes 20000"),
        (f"{TRAIN}.items", [3000, 100], "of 100 items, 0.0 of them mismatched, .* fewer than one"),
        (
            "training.probe_items",
            9999,
            r"training.probe_items \(9999\) is more than mad.test_items",
        ),
        (
            "folders",
            {"cocoo": "x"},
            "folders.cocoo: no data set has this folder; did you mean 'coco",
        ),
        ("skip_bad", ["cocoo"], "skip_bad names the unknown data set 'cocoo'; did you mean 'coco'"),
    ],
)
def test_a_bad_value_is_refused_by_key(path, value, message):
    with pytest.raises(InputError, match=f"^configuration: .*{message}"):
        study_of(changed(path, value))


@pytest.mark.parametrize(
    ("experiment", "message"),
    [
        ({"data": {"retrieval": "coco"}}, "expected exactly one of train, .*; it has none"),
        (
            {"train": {}, "sheet": "two_effects"},
            "expected exactly one of .*; it has train and sheet",
        ),
        ({"train": {}, "without": ["a"]}, "without leaves models out of a sheet; this experiment"),
        ({"train": {}}, "data names no data set to measure its models on; set some of retrieval"),
        (
            {"train": {}, "data": {"retrievel": "own"}},
            "data.retrievel: unknown role; did you mean 'r",
        ),
        (
            {"train": {}, "data": {"retrieval": "cocoa"}},
            "unknown data set 'cocoa'; did you mean 'coc",
        ),
        ({"train": {}, "data": {"retrieval": "mad-digit-k9"}}, "numbers: 0 to 5"),
        ({"train": {}, "data": {"retrieval": "mad-digit-colour"}}, "which has no captions"),
        (
            {"sheet": "two_effects", "data": {"classification": "coco"}},
            "'coco', a data set for retrieval; data sets for classification: imagenet",
        ),
        (
            {"sheet": "two_effects", "data": {"retrieval": "own"}},
            "is own, but model 'RN50__openai'",
        ),
        ({"sheet": "two_efects", "data": {"retrieval": "coco"}}, "did you mean 'two_effects'"),
        ({"sheet": ["RN5O__openai"], "data": {"retrieval": "coco"}}, "did you mean 'RN50__openai'"),
        (
            {"sheet": "two_effects", "without": ["RN5O__openai"], "data": {"retrieval": "coco"}},
            "without: 'RN5O__openai' is none of its models; did you mean 'RN50__openai'",
        ),
        ({"files": ["mine"], "data": {"retrieval": "own"}}, "no row 'mine' of kind embeddings"),
        ({"models": ["captions-k6-s0"]}, "'captions-k6-s0', none of the study's .*; did you mean"),
        # Experiments that name models name no other such experiment: no circles.
        ({"models": ["ideal_words"]}, "names 'ideal_words', none of the study's models"),
        # Nothing can be tabled of these: the job that makes the table would fail.
        ({"models": ["captions-k1-s0"]}, "data names no data set to measure its models on"),
        ({"models": [], "data": {"retrieval": "own"}}, "models names no model; name some, or"),
        ({"random": [], "data": {"retrieval": "coco"}}, "random names no model; name some, or"),
        (
            {"sheet": ["RN50__openai"], "without": ["RN50__openai"], "data": {"retrieval": "coco"}},
            "sheet names no model; name some, or set the whole experiment to null",
        ),
        (
            {"train": {}, "seeds": [1, 2], "data": {"retrieval": "own"}},
            r"seeds is for random weights; this .* has train, where seeds are train\.seed",
        ),
        (
            {"sheet": ["RN50__openai"], "seeds": [1], "data": {"retrieval": "coco"}},
            "seeds is for random weights; this experiment has sheet$",
        ),
    ],
)
def test_an_experiment_that_cannot_be_meant_is_refused(experiment, message):
    with pytest.raises(InputError, match=f"^configuration: experiments.new.*{message}"):
        study_of(changed("experiments.new", experiment))


@pytest.mark.parametrize(
    ("pools", "message"),
    [
        # 4000 items less 3900 of 3900 mismatched ones, and a batch of 128.
        (
            {"items": [4000, 12000], "mismatched": 0.975, "filtered": [0.0, 1.0]},
            "experiments.pools.train: of 4000 items, 0.975 of them mismatched, filtered 1.0 leaves "
            r"100, fewer than one batch \(training.batch_size, 128\); raise items",
        ),
        ({"mismatched": [0.5, 1.0], "filtered": 1.0, "items": 300}, "filtered 1.0 leaves 0, fewer"),
        (
            {"mismatched": 0.0, "filtered": [0.0, 0.5]},
            "experiments.pools.train: filtered has no effect where mismatched is 0; set mismatched",
        ),
    ],
)
def test_a_filter_that_leaves_too_little_or_does_nothing_is_refused(pools, message):
    with pytest.raises(InputError, match=message):
        study_of(changed("experiments.pools.train", pools))


def test_a_filter_that_leaves_just_a_batch_is_taken():
    pools = {"items": 256, "mismatched": 0.5, "filtered": [1.0]}
    study_of(changed("experiments.pools.train", pools))


def test_null_leaves_out_an_experiment_a_source_and_a_role():
    config = read_config({"experiments": {"a": None, "b": {"train": None, "sheet": "x"}}})
    assert list(config.experiments) == ["b"]
    assert config.experiments["b"].train is None
    roles = {"data": {"retrieval": None, "attributes": ["x"]}}
    assert read_config({"experiments": {"c": roles}}).experiments["c"].data == {"attributes": ["x"]}


def test_a_study_of_few_experiments_keeps_what_their_models_come_from():
    base = {"train": {"seed": [0]}, "data": {"retrieval": "own"}}
    config = {
        "experiments": {
            "base": base,
            "other": base,
            "tuned": {"train": {"from": "base"}},
            "both": {"models": ["tuned"]},
        }
    }
    assert list(read_config(config | {"only": ["both"]}).experiments) == ["base", "tuned", "both"]
    assert len(read_config(config).experiments) == 4
    with pytest.raises(InputError, match=r"only names the unknown experiment 'bth'.* 'both'"):
        read_config(config | {"only": ["bth"]})


def test_an_empty_configuration_is_a_study_of_nothing_with_every_default():
    config = read_config({})
    assert config.experiments == {}
    assert config.model.epochs >= 1
    assert study_of({}).measured == []


def test_the_schema_in_the_repository_is_the_one_of_the_settings():
    assert yaml.safe_load(SCHEMA.read_text()) == json_schema(), (
        "run: python -m modgap.study.config > workflow/schemas/config.schema.yaml"
    )


def test_the_schema_takes_the_studies_and_refuses_what_the_settings_refuse():
    schema = json_schema()
    for path in STUDIES:
        config = overlaid(path)
        config = without_null(config)
        jsonschema.validate(config, schema)
    for path, value in [("model.epochs", 0), (f"{TRAIN}.zzz", [1]), (f"{TRAIN}.epochs", [])]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed(path, value), schema)


def test_every_setting_is_described():
    schema = json_schema()
    for group in (schema, *schema["$defs"].values()):
        for key, setting in group["properties"].items():
            described = setting
            if "$ref" in setting:
                described = schema["$defs"][setting["$ref"].split("/")[-1]]
            assert described.get("description"), key


def test_roles_are_those_that_data_sets_can_have():
    assert set(ROLES) >= {
        role for row in study_of({}).datasets.values() for role in row.roles.split()
    }


def test_experiments_are_kept_that_models_are_named_of():
    base = {"train": {"attributes": [1, 5], "seed": [0]}, "data": {"retrieval": "own"}}
    config = {
        "experiments": {
            "base": base,
            "base-other": base,
            "tuned": {"train": {"from": "base-other-k1-s0"}, "data": {"retrieval": "own"}},
            "look": {"models": ["base-k1-s0", "base-k5-s0"], "data": {"retrieval": "own"}},
        }
    }
    assert list(read_config(config | {"only": ["look"]}).experiments) == ["base", "look"]
    assert list(read_config(config | {"only": ["tuned"]}).experiments) == ["base-other", "tuned"]
    study_of(config | {"only": ["look"]})


@pytest.mark.parametrize("start", [5, [5], True])
def test_a_start_that_is_no_name_is_refused_where_few_experiments_are_kept_too(start):
    tuned = {"train": {"from": start}, "data": {"retrieval": "own"}}
    with pytest.raises(
        InputError, match=r"experiments\.tuned\.train\.from': (5|True): input should"
    ):
        study_of({"experiments": {"tuned": tuned}, "only": ["tuned"]})


def test_paths_are_written_out(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    config = read_config({"results": "~/res/", "folders": {"coco": "~/coco"}, "second": ""})
    assert (config.results, config.folders, config.second) == (
        "/home/me/res",
        {"coco": "/home/me/coco"},
        "",
    )
    assert read_config({"results": "./results/t/"}).results == "results/t"
    for path, message in (("$HOME/res", "variables of the environment are not"), (" ", "blank")):
        with pytest.raises(InputError, match=f"key 'results': .*{message}"):
            read_config({"results": path})


def test_keys_left_empty_have_their_default():
    assert read_config({"skip_bad": None, "folders": None, "mad": None}) == read_config({})


@pytest.mark.parametrize("value", ["1e-3", "08"])
def test_a_number_that_yaml_reads_as_words_is_named(value):
    with pytest.raises(InputError, match=r"YAML reads this as words: write 1\.0e-3 for 1e-3"):
        read_config({"training": {"learning_rate": value}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("results: 2024-05-01", r"key 'results': 2024-05-01: .* in quotes: \"2024-05-01\""),
        ("study: 2024", r"key 'study': 2024: .* in quotes: \"2024\""),
        ("model: {test_data: no}", "'model.test_data': False: .*yes, no, on and off are true and"),
        ("experiments: {on: {}}", "key 'experiments': True is no name; yes, no, on and off are"),
        ("experiments: {2024: {}}", r"key 'experiments': 2024 is no name; .*quotes: \"2024\""),
        ("mad: {train_items: 20,000}", "key 'mad': 0 is no name; .*: write 20000 for 20,000"),
        ("model:\n  epochs: 2,5", "'model.epochs': '2,5': .*; write 20000 for 20,000, and 2.5 for"),
        # As Snakemake reads --config 'mad={test_items: 500}'.
        ("mad: {test_items: '500'}", "'mad.test_items': '500': .*within braces behind --config"),
        (
            "model: {learnable_temperature: 'False'}",
            "temperature': 'False': .*in quotes it is words",
        ),
        ("only: captions", r"key 'only': 'captions': .*; a list stands in brackets: \[captions\]"),
        (
            "experiments: {x: {train: {}, data: {retrieval: [own, null]}}}",
            r"^configuration: key 'experiments\.x\.data\.retrieval\.1': None: [^;]*; an entry is "
            "empty: fill it, or take it out$",
        ),
    ],
)
def test_what_yaml_makes_of_it_is_told(text, message):
    with pytest.raises(InputError, match=message):
        read_config(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("s3://bucket/res", "'s3://bucket/res': is an address; expected a path of this machine"),
        ("file:///data/res", "is an address"),
        ("~nosuchuser/res", "no user of this machine has that home folder"),
        (r"C:\data\res", "is a path of Windows; within WSL C:.data is /mnt/c/data"),
        ("C:/data", "is a path of Windows"),
        (r"\\server\share", "is a path of Windows"),
        ("runs/{model}", r"Snakemake takes \{model\} for a name to fill in; rename it"),
        ("runs/<results>", "Snakemake takes <results> for a name"),
    ],
)
def test_a_place_that_would_be_another_one_is_refused(place, message):
    for config in ({"results": place}, {"folders": {"coco": place}}):
        with pytest.raises(InputError, match=message):
            read_config(config)


def test_a_place_may_have_odd_letters():
    names = ["my data/ü (2) [x] {}", "a < b > c", "c:", "$5 or 50%"]
    folders = dict(zip("abcd", names, strict=True))
    assert read_config({"folders": folders}).folders == folders


def test_a_seed_that_no_generator_takes_is_refused():
    assert read_config({"seed": 2**32 - 1}).seed == 2**32 - 1
    for config in ({"seed": 2**32}, {"model": {"seed": 2**32}}):
        with pytest.raises(InputError, match="seed': 4294967296: input should be less than"):
            read_config(config)
    seeds = {"random": ["RN50"], "seeds": ["0"], "data": {"retrieval": "coco"}}
    with pytest.raises(
        InputError, match=r"experiments\.x\.seeds\.0': '0': input should be a valid in"
    ):
        read_config({"experiments": {"x": seeds}})
