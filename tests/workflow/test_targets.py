"""Names that a study does not have: as targets, and in its configuration."""

import pytest
import yaml
from helpers.tiny_study import Study, copy_repository

pytestmark = pytest.mark.workflow
TARGETS = [
    "resources/models/foo/modgap.json",
    "results/models/foo/modgap.json",
    "results/metrics/own/foo.parquet",
    "results/metrics/foo.parquet",
    "results/data/foo/texts.parquet",
    "resources/datasets/foo/foo.json",
]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return copy_repository(tmp_path_factory.mktemp("targets"))


@pytest.mark.parametrize("target", TARGETS)
def test_a_name_that_the_study_does_not_have_is_no_target(study, target):
    code, output = study.snakemake("-n", target)
    assert code == 1
    assert "MissingRuleException" in output, output[-2000:]
    assert "KeyError" not in output


PRETRAINED = {
    "experiments": {"zoo": None, "pools": None},
    "pretrained": {"models": "paper", "retrieval": "coco"},
    "close_up": ["ViT-B-16__openai"],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folders": {"cocoo": "x"}}, "folders.cocoo: no data set has this folder; did you mean"),
        ({"pretrained": {"models": "paper", "retrieval": "cifar10"}}, "retrieval names 'cifar10'"),
        (
            {"pretrained": PRETRAINED["pretrained"] | {"except": ["RN5O__openai"]}},
            "pretrained.except: 'RN5O__openai' is no model that 'paper' takes; did you mean 'RN50",
        ),
        (
            {"pretrained": PRETRAINED["pretrained"] | {"except": PRETRAINED["close_up"]}},
            "close_up names 'ViT-B-16__openai', none of the study's pretrained models",
        ),
        ({"close_up": ["captions-k1-s0"]}, "close_up names 'captions-k1-s0', none of the study's"),
    ],
)
def test_names_of_the_configuration_are_refused_before_anything_runs(study, change, message):
    (study.folder / "bad.yaml").write_text(yaml.safe_dump(PRETRAINED | change))
    code, output = study.snakemake("-n", configfile="bad.yaml")
    assert code == 1
    assert message in output, output[-2000:]


def test_the_close_up_models_are_those_of_the_configuration(study):
    (study.folder / "good.yaml").write_text(yaml.safe_dump(PRETRAINED))
    planned = study.planned("all", configfile="good.yaml")
    assert planned["dimensions"] == 1
    left_out = {"models": "paper", "retrieval": "coco", "except": ["RN50__openai"]}
    (study.folder / "less.yaml").write_text(
        yaml.safe_dump(PRETRAINED | {"pretrained": left_out, "close_up": []})
    )
    less = study.planned("all", configfile="less.yaml")
    assert less["dimensions"] == less["two_effects_fig4a"] == 0
    assert less["fetch_model"] == planned["fetch_model"] - 1
    assert less["two_effects_fig3"] == 1
