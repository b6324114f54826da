"""Names that a study does not have: as targets, and in its configuration."""

import pytest
import yaml
from helpers.tiny_study import NONE, Study, copy_repository

pytestmark = pytest.mark.workflow
TARGETS = [
    "resources/models/foo/modgap.json",
    "results/models/foo/modgap.json",
    "results/metrics/foo.parquet",
    "results/metrics/captions-k1-s0/foo.parquet",
    "results/looks/captions-k1-s0/mad-digit-k1/foo.parquet",
    "results/data/foo/texts.parquet",
    "resources/datasets/foo/foo.json",
]
RETRIEVAL = {"retrieval": "coco", "classification": None, "attributes": None}
SHEET = {"train": None, "sheet": "two_effects", "data": RETRIEVAL}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return copy_repository(tmp_path_factory.mktemp("targets"))


@pytest.mark.parametrize("target", TARGETS)
def test_a_name_that_the_study_does_not_have_is_no_target(study, target):
    code, output = study.snakemake("-n", target)
    assert code == 1
    assert "MissingRuleException" in output, output[-2000:]
    assert "KeyError" not in output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folders": {"cocoo": "x"}}, "folders.cocoo: no data set has this folder; did you mean"),
        (
            {"experiments": NONE | {"new": SHEET | {"data": {"retrieval": "cifar10"}}}},
            "experiments.new.data.retrieval names 'cifar10'",
        ),
        (
            {"experiments": {"close_up": {"models": ["captions-k1-s9"]}}},
            "experiments.close_up.models names 'captions-k1-s9', none of the study's models",
        ),
    ],
)
def test_names_of_the_configuration_are_refused_before_anything_runs(study, change, message):
    (study.folder / "bad.yaml").write_text(yaml.safe_dump(change))
    code, output = study.snakemake("-n", configfile="bad.yaml")
    assert code == 1
    assert message in output, output[-2000:]


def test_a_dry_run_says_which_artifacts_are_absent_and_why(study):
    config = {"experiments": NONE | {"zoo": SHEET}}
    (study.folder / "sheet.yaml").write_text(yaml.safe_dump(config))
    code, output = study.snakemake("-n", "artifacts", configfile="sheet.yaml")
    assert code == 0, output[-2000:]
    assert "two_effects_fig7a is not in this study: the study has no experiment" in output
    assert "two_effects_fig5a is not in this study: experiment zoo has no data set for" in output
    planned = study.planned("artifacts", configfile="sheet.yaml")
    assert planned["fetch_model"] == planned["embed"] == 101
    assert planned["two_effects_fig3"] == 1
    assert planned["look"] == planned["two_effects_fig4a"] == 0


def test_a_model_that_cannot_be_had_is_left_out(study):
    config = {"experiments": NONE | {"zoo": SHEET | {"without": ["RN50__openai"]}}}
    (study.folder / "less.yaml").write_text(yaml.safe_dump(config))
    assert study.planned("artifacts", configfile="less.yaml")["fetch_model"] == 100
