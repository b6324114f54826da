"""Targets that no rule makes: a name that the study does not have is refused as one."""

import pytest
from tiny_study import Study, copy_repository

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
