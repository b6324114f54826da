"""What the rules hand to the package: Snakemake's own reading of the Snakefile, nothing is run."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

from modgap.study.artifacts import read_artifacts

ROOT = Path(__file__).parents[2]
CONFIG = {"statistics": {"confidence": 0.8}}
# What the script hands over besides what the rule reads and its settings.
MORE = {"quantities"}


@pytest.fixture(scope="module")
def workflow():
    """The default study at another confidence."""
    with (
        pytest.MonkeyPatch.context() as patch,
        SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api,
    ):
        patch.chdir(ROOT)
        yield api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=CONFIG),
            snakefile=ROOT / "Snakefile",
        )._workflow


@pytest.fixture(scope="module")
def rules(workflow):
    """Input names and params of every rule."""
    return {
        rule.name: (set(dict(rule.input.items())), dict(rule.params.items()))
        for rule in workflow.rules
    }


def artifacts(rules):
    """Rule, inputs, params and module of every artifact of the default study."""
    for declaration in read_artifacts()[1]:
        if declaration.target in rules:
            inputs, params = rules[declaration.target]
            yield declaration.target, inputs, params, import_module(f"modgap.{params['module']}")


def test_every_artifact_is_given_all_that_it_names(rules):
    seen = 0
    for target, inputs, params, module in artifacts(rules):
        given = (inputs - {"code"}) | set(params["settings"])
        offered = given | (MORE if params["quantities"] is not None else set())
        arguments = inspect.signature(module.numbers).parameters
        needed = {name for name, each in arguments.items() if each.default is each.empty}
        assert needed <= offered, target
        # Nothing is read that its numbers do not use.
        assert given <= set(arguments), target
        seen += 1
    assert seen > 20


def test_every_interval_has_the_confidence_of_the_study(rules):
    with_intervals = 0
    for target, _, params, module in artifacts(rules):
        arguments = inspect.signature(module.numbers).parameters
        expected = 0.8 if "confidence" in arguments else None
        assert params["settings"].get("confidence") == expected, target
        with_intervals += expected is not None
    assert with_intervals >= 5
    assert rules["measure"][1]["confidence"] == 0.8
    for rule in ("correlations", "published_correlations"):
        assert rules[rule][1]["resampling"]["confidence"] == 0.8


def test_no_limit_but_that_of_downloads_holds_back_jobs_of_other_nodes(workflow, rules):
    """A limit that is not local counts every job of a cluster together."""
    assert rules
    limits = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())["resources"]
    shared = {name for name in limits if not workflow.resource_scopes.is_local(name)}
    assert shared == {"download"}
