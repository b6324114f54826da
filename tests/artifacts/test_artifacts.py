"""What holds for every artifact, whatever it shows."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.synthetic_results import OWN
from jinja2 import StrictUndefined, Template

from modgap.study.artifacts import is_figure, read_artifacts

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow" / "modgap"
REPORT = ROOT / "workflow" / "report"
DECLARED = {declared.target: declared for declared in read_artifacts()[1]}
FIGURES = [target for target, declared in DECLARED.items() if is_figure(declared.code)]
TABLES = [target for target in DECLARED if target not in FIGURES]
STANDS_FOR = "A controlled analogue: apples stand for pears."


def module_of(target):
    return importlib.import_module(f"modgap.{DECLARED[target].code}")


def headings_of(target):
    headings = module_of(target).headings
    return headings(OWN) if inspect.signature(headings).parameters else headings()


def given(declared):
    """The keywords that an artifact's module may name."""
    names = {read.partition("/")[0] for read in declared.reads} | set(declared.settings)
    names |= {"look"} if declared.look else set()
    names |= {"simulation"} if declared.simulation else set()
    return names | ({"quantities"} if declared.role else set())


@pytest.mark.parametrize("target", DECLARED)
def test_every_artifact_asks_for_what_it_is_declared_to_read(target):
    module, offered = module_of(target), given(DECLARED[target])
    numbers = inspect.signature(module.numbers).parameters
    assert {name for name, p in numbers.items() if p.default is p.empty} <= offered
    assert set(DECLARED[target].settings) <= set(numbers)
    shown = module.draw if target in FIGURES else module.headings
    assert set(inspect.signature(shown).parameters) <= offered | {"numbers"}


@pytest.mark.parametrize("target", TABLES)
def test_every_table_has_a_heading_of_its_own_for_each_column(target):
    headings = headings_of(target)
    assert headings
    assert len(set(headings.values())) == len(headings)


def test_every_module_of_a_paper_is_declared():
    used = {declared.code for declared in DECLARED.values()}
    for source in {declared.source for declared in DECLARED.values()} - {"about"}:
        for path in (PACKAGE / "artifacts" / source).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "\ndef numbers(" in text:
                assert f"artifacts.{source}.{path.stem}" in used, path


def caption(target, *, stands_for="", confidence=0.95):
    """The caption of an artifact as Snakemake renders it, on one line."""
    declared = DECLARED[target]
    params = SimpleNamespace(stands_for=stands_for, confidence=confidence)
    snakemake = SimpleNamespace(params=params, config={})
    text = (REPORT / declared.source / f"{declared.name}.rst").read_text(encoding="utf-8")
    rendered = Template(text, undefined=StrictUndefined).render(snakemake=snakemake)
    return " ".join(rendered.split())


@pytest.mark.parametrize("stands_for", ["", STANDS_FOR], ids=["plain", "analogue"])
@pytest.mark.parametrize("target", DECLARED)
def test_every_artifact_has_a_caption_of_one_to_three_sentences(target, stands_for):
    text = caption(target, stands_for=stands_for)
    assert text.endswith(".")
    sentences = text.replace("et al.,", "et al,").split(". ")
    assert 1 <= len(sentences) <= 3, sentences


@pytest.mark.parametrize("target", [name for name in DECLARED if DECLARED[name].source != "about"])
def test_a_caption_ends_with_what_the_experiment_stands_for_if_it_has_one(target):
    if DECLARED[target].of:
        assert caption(target, stands_for=STANDS_FOR).endswith(". " + STANDS_FOR)
    assert "analogue" not in caption(target)


def test_every_caption_belongs_to_an_artifact():
    for source in {declared.source for declared in DECLARED.values()}:
        for path in (REPORT / source).glob("*.rst"):
            assert f"{source}_{path.stem}" in DECLARED, path


INTERVALS = ["fig5a", "fig5b", "fig7a", "fig7b", "table1", "table1_published", "table3"]


@pytest.mark.parametrize("name", INTERVALS)
def test_captions_state_the_confidence_of_the_study(name):
    assert "99.5 %" in caption(f"two_effects_{name}", confidence=0.995)
    assert "80 %" in caption(f"two_effects_{name}", confidence=0.8)


@pytest.mark.parametrize("target", DECLARED)
def test_no_caption_or_heading_states_a_confidence_that_the_study_may_not_have(target):
    assert "95 %" not in caption(target, confidence=0.8)
    if target in TABLES:
        assert not any("95" in heading for heading in headings_of(target).values())


def test_the_introduction_holds_for_any_study():
    text = (REPORT / "workflow.rst").read_text(encoding="utf-8")
    rendered = Template(text, undefined=StrictUndefined).render(
        snakemake=SimpleNamespace(config={"study": "my-own"})
    )
    assert '"my-own"' in rendered


STAGES = ("data", "train", "embed", "metrics", "measure", "simulate", "stats", "models", "claims")


@pytest.mark.parametrize("stage", STAGES)
def test_no_earlier_stage_imports_figures(stage):
    for path in (PACKAGE / stage).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for later in ("modgap.artifacts", "modgap.plots", "matplotlib", "seaborn"):
            assert f"import {later}" not in text, path
            assert f"from {later}" not in text, path


def test_tables_are_written_without_matplotlib():
    code = (
        "import sys, modgap.artifacts.write_table, modgap.artifacts.two_effects.table4\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    environment = {"PYTHONPATH": str(ROOT / "workflow"), "PATH": ""}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
