import copy
import math
from pathlib import Path

import pytest
import yaml

from modgap.errors import InputError
from modgap.study.config import check_config, schema

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def changed(path, value):
    config = copy.deepcopy(DEFAULT)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    place[key] = value
    return config


def test_the_default_study_is_valid():
    check_config(DEFAULT)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.name)
def test_every_other_study_is_valid_over_the_default(path):
    from snakemake.utils import update_config

    config = copy.deepcopy(DEFAULT)
    update_config(config, yaml.safe_load(path.read_text()))
    check_config(config)
    assert config["results"] != DEFAULT["results"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("training.batchsize", 3, "unknown key 'training.batchsize'; did you mean 'batch_size'"),
        ("training.epochs", 3, "unknown key 'training.epochs'; known keys: precision"),
        ("model.epoch", 3, "unknown key 'model.epoch'; did you mean 'epochs'"),
        ("trainning", {}, "unknown key 'trainning'; did you mean 'training'"),
        ("experiments.zoo.zzz", [1], "unknown key 'experiments.zoo.zzz'; known keys: items"),
        ("experiments.zoo.epoch", 1, "unknown key 'experiments.zoo.epoch'; did you mean 'epochs'"),
        ("experiments.caption", {}, "unknown key 'experiments.caption'; did you mean 'captions'"),
        ("experiments.captions", [1], r"key 'experiments.captions': \[1\] is not of type 'object'"),
        ("experiments", None, "key 'experiments': None is not of type 'object'"),
        ("experiments.zoo", {1: 2, "x": 3}, "key 'experiments.zoo.1'; .*key 'experiments.zoo.x'; "),
        ("model.epochs", 0, "key 'model.epochs': 0 is less than the minimum of 1"),
        ("model.epochs", [1, 2], r"key 'model.epochs': \[1, 2\] is not of type 'integer'"),
        ("model.epochs", 2.0, "key 'model.epochs': 2.0 is not of type 'integer'"),
        ("model.seed", True, "key 'model.seed': True is not of type 'integer'"),
        ("model.mismatched", math.nan, "key 'model.mismatched': nan is not of type 'number'"),
        ("training.weight_decay", math.inf, "key 'training.weight_decay': inf is not of type"),
        ("model.text_rest", 1, "key 'model.text_rest': 1 is greater than or equal to the maximum"),
        ("model.initial_temperature", 0, "key 'model.initial_temperature': 0 is less than"),
        ("experiments.zoo.epochs", 0, "key 'experiments.zoo.epochs': 0 is less than the minimum"),
        ("experiments.zoo.epochs", [1, 0], "key 'experiments.zoo.epochs.1': 0 is less than the"),
        ("experiments.zoo.epochs", [], r"key 'experiments.zoo.epochs': \[\] should be non-empty"),
        ("experiments.zoo.seed", [1, 1], r"key 'experiments.zoo.seed': \[1, 1\] has non-unique"),
        ("experiments.zoo.learnable_temperature", 1, "learnable_temperature': 1 is not of type"),
        ("experiments.zoo.main_factor", "color", "main_factor': 'color' is not one of "),
        ("pretrained.models", "kept", "key 'pretrained.models': 'kept' does not match"),
        ("pretrained.excpet", [], "unknown key 'pretrained.excpet'; did you mean 'except'"),
        ("pretrained.except", "RN50__openai", "'pretrained.except': 'RN50__openai' is not of type"),
        ("close_up", ["a", "a"], r"key 'close_up': \['a', 'a'\] has non-unique elements"),
        ("pretrained.attributes", [""], "key 'pretrained.attributes.0': '' should be non-empty"),
        ("device", "gpu", "key 'device': 'gpu' does not match"),
        ("experiments.captions.attributes", [6], "key 'experiments.captions.attributes.0': 6 is"),
        ("experiments.zoo.items", [50_000], "experiments.zoo.items asks for 50000 training items"),
        ("experiments.zoo.items", 50_000, "experiments.zoo.items asks for 50000 training items"),
        (
            "experiments.zoo.items",
            [3000, 100],
            r"experiments.zoo.items \(100\) is smaller than one",
        ),
        ("model.items", 100, r"model.items \(100\) is smaller than one batch"),
        ("model.items", 50_000, "model.items asks for 50000 training items, mad.train_items makes"),
        (
            "training.probe_items",
            9999,
            r"training.probe_items \(9999\) is more than mad.test_items",
        ),
    ],
)
def test_a_bad_value_is_refused_by_key(path, value, message):
    with pytest.raises(InputError, match=message):
        check_config(changed(path, value))


@pytest.mark.parametrize(
    ("pools", "message"),
    [
        # 4000 items less 3900 of 3900 mismatched ones, and a batch of 128.
        (
            {"items": [4000, 12000], "mismatched": 0.975, "filtered": [0, 1]},
            "experiments.pools: of 4000 items, 0.975 of them mismatched, filtered 1 leaves 100, "
            r"fewer than one batch \(training.batch_size, 128\); lower filtered",
        ),
        ({"mismatched": [0.5, 1], "filtered": 1, "items": 300}, "filtered 1 leaves 0, fewer"),
        (
            {"mismatched": 0, "filtered": [0, 0.5, 1]},
            "experiments.pools: filtered has no effect where mismatched is 0; set mismatched",
        ),
        ({"filtered": 0.5}, "experiments.pools: filtered has no effect"),
    ],
)
def test_a_filter_that_leaves_too_little_or_does_nothing_is_refused(pools, message):
    with pytest.raises(InputError, match=message):
        check_config(changed("experiments.pools", pools))


def test_a_filter_that_leaves_just_a_batch_is_taken():
    check_config(changed("experiments.pools", {"items": 256, "mismatched": 0.5, "filtered": [1]}))


def test_an_experiment_may_fix_or_vary_a_setting_or_be_left_out():
    for value in (2, [2], [2, 3]):
        check_config(changed("experiments.main_factor.epochs", value))
    for name in DEFAULT["experiments"]:
        check_config(changed(f"experiments.{name}", None))


def test_a_study_may_look_into_no_model():
    check_config(changed("close_up", []))


def test_a_base_model_that_no_experiment_trains_needs_no_items():
    config = changed("experiments", dict.fromkeys(DEFAULT["experiments"]))
    config["mad"]["train_items"] = 200
    check_config(config)


def test_pretrained_models_and_the_controlled_zoo_exclude_each_other():
    config = changed("pretrained.models", "paper")
    with pytest.raises(InputError, match=r"set experiments.zoo: null, or pretrained.models: \[\]"):
        check_config(config)
    config["experiments"]["zoo"] = None
    check_config(config)


def test_a_missing_key_is_named():
    config = changed("seed", 0)
    del config["seed"]
    with pytest.raises(InputError, match="'seed' is a required property"):
        check_config(config)


def leaves(found, values, place=""):
    for key, value in values.items():
        part = found["properties"][key]
        if part.get("type") == "object" and "experiment" not in f"{place}{key}":
            yield from leaves(part, value, f"{place}{key}.")
        elif "experiment" not in place:
            yield f"{place}{key}", part, value


def test_the_schema_describes_every_key_and_repeats_the_default_of_config_yaml():
    for name, part, value in leaves(schema(), DEFAULT):
        if name == "experiments":
            continue
        assert part.get("description"), f"{name} has no description"
        assert part.get("default") == value, f"{name}: schema and config.yaml differ"
