"""What the rules hand to the package: Snakemake's own reading of the Snakefile, nothing is run."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

ROOT = Path(__file__).parents[2]
CONFIG = {"statistics": {"confidence": 0.8}}


@pytest.fixture(scope="module")
def params():
    """The params of every rule by the rule's name, in the default study at another confidence."""
    with (
        pytest.MonkeyPatch.context() as patch,
        SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api,
    ):
        patch.chdir(ROOT)
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=CONFIG),
            snakefile=ROOT / "Snakefile",
        )._workflow
        yield {rule.name: dict(rule.params.items()) for rule in workflow.rules}


def artifacts(params, key, function):
    """Rule, its params and the arguments of the function that makes its numbers."""
    for rule, given in params.items():
        if rule.startswith("two_effects_") and key in given:
            module = import_module(f"modgap.{given[key]}")
            yield rule, given, inspect.signature(getattr(module, function)).parameters


@pytest.mark.parametrize(("key", "function"), [("figure", "numbers"), ("table", "build")])
def test_every_artifact_with_intervals_has_the_confidence_of_the_study(params, key, function):
    found = list(artifacts(params, key, function))
    assert len(found) > 5
    for rule, given, arguments in found:
        expected = 0.8 if "confidence" in arguments else None
        assert given["settings"].get("confidence") == expected, rule
        assert set(given["settings"]) <= set(arguments), rule


def test_measured_and_correlated_intervals_have_the_confidence_of_the_study(params):
    for rule in ("measure", "measure_own"):
        assert params[rule]["confidence"] == 0.8
    for rule in ("correlations", "published_correlations"):
        assert params[rule]["resampling"]["confidence"] == 0.8
