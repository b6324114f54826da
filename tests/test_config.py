import copy
from pathlib import Path

import pytest
import yaml

from modgap.config import check_config, schema
from modgap.errors import InputError

ROOT = Path(__file__).parents[1]
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
        ("training.epoch", 3, "unknown key 'training.epoch'; did you mean 'epochs'"),
        ("trainning", {}, "unknown key 'trainning'; did you mean 'training'"),
        ("experiments.zoo.zzz", [1], "unknown key 'experiments.zoo.zzz'; known keys: items"),
        ("training.epochs", 0, "key 'training.epochs': 0 is less than the minimum of 1"),
        ("device", "gpu", "key 'device': 'gpu' does not match"),
        ("experiments.captions.attributes", [6], "key 'experiments.captions.attributes.0': 6 is"),
        ("experiments.zoo.items", [50_000], "experiments.zoo.items asks for 50000 training items"),
        ("model.items", 100, r"model.items \(100\) is smaller than one batch"),
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
