"""What holds for every artifact, whatever it shows."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from jinja2 import StrictUndefined, Template

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow" / "modgap"
REPORT = ROOT / "workflow" / "report" / "two_effects"
FIGURES = sorted(path.stem for path in (PACKAGE / "artifacts/two_effects").glob("fig*.py"))
TABLES = sorted(path.stem for path in (PACKAGE / "artifacts/two_effects").glob("table*.py"))


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_its_numbers_and_its_drawing(name):
    module = importlib.import_module(f"modgap.artifacts.two_effects.{name}")
    assert callable(module.numbers)
    assert callable(module.draw)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_built_and_has_headings(name):
    module = importlib.import_module(f"modgap.artifacts.two_effects.{name}")
    assert callable(module.build)
    assert len(set(module.HEADINGS.values())) == len(module.HEADINGS)


def caption(name, models=(), *, main_factor=(), confidence=0.95, folder=REPORT):
    """The caption of an artifact as Snakemake renders it, on one line."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    config["pretrained"]["models"] = models
    config["experiments"]["main_factor"].update(main_factor)
    config["statistics"]["confidence"] = confidence
    snakemake = SimpleNamespace(config=config)
    text = (folder / f"{name}.rst").read_text(encoding="utf-8")
    rendered = Template(text, undefined=StrictUndefined).render(snakemake=snakemake)
    return " ".join(rendered.split())


@pytest.mark.parametrize("models", [[], "paper", ["RN50__openai"]], ids=str)
@pytest.mark.parametrize("name", FIGURES + TABLES)
def test_every_artifact_has_a_caption_of_one_to_three_sentences(name, models):
    text = caption(name, models)
    assert text.endswith(".")
    sentences = text.replace("et al.,", "et al,").split(". ")
    assert 1 <= len(sentences) <= 3, sentences


def test_analogues_are_called_so_in_the_controlled_study_only():
    assert "A controlled analogue" in caption("fig3", [])
    assert "analogue" not in caption("fig3", "paper")


INTERVALS = ["fig5a", "fig5b", "fig7a", "fig7b", "table1", "table1_published", "table3"]


@pytest.mark.parametrize("name", INTERVALS)
def test_captions_state_the_confidence_of_the_study(name):
    assert "99.5 %" in caption(name, confidence=0.995)
    assert "80 %" in caption(name, confidence=0.8)


@pytest.mark.parametrize("name", FIGURES + TABLES)
def test_no_caption_or_heading_states_a_confidence_that_the_study_may_not_have(name):
    assert "95 %" not in caption(name, confidence=0.8)
    if name in TABLES:
        headings = importlib.import_module(f"modgap.artifacts.two_effects.{name}").HEADINGS
        assert not any("95" in heading for heading in headings.values())


def test_the_methods_section_states_the_confidence_of_the_study():
    assert "Intervals are 80 %" in caption("workflow", confidence=0.8, folder=REPORT.parent)


def test_fig6b_says_how_its_models_were_trained_where_that_is_one_way():
    said = "trained at a fixed temperature of 1.0, with the text tower at rest for 50 %"
    assert said in caption("fig6b")
    for setting in (
        {"text_rest": [0, 0.5]},
        {"initial_temperature": [0.07, 1.0]},
        {"learnable_temperature": [True, False]},
        {"learnable_temperature": True},
        {"text_rest": 0},
    ):
        assert "temperature" not in caption("fig6b", main_factor=setting)


@pytest.mark.parametrize("stage", ["data", "train", "embed", "metrics", "measure", "stats", "zoo"])
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
