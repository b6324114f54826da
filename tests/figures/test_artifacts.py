"""What holds for every artifact, whatever it shows."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow" / "modgap"
REPORT = ROOT / "workflow" / "report" / "two_effects"
FIGURES = sorted(
    path.stem for path in (PACKAGE / "figures/two_effects").glob("*.py") if path.stem[0] != "_"
)
TABLES = sorted(
    path.stem for path in (PACKAGE / "tables/two_effects").glob("*.py") if path.stem[0] != "_"
)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_its_numbers_and_its_drawing(name):
    module = importlib.import_module(f"modgap.figures.two_effects.{name}")
    assert callable(module.numbers)
    assert callable(module.draw)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_built_and_has_headings(name):
    module = importlib.import_module(f"modgap.tables.two_effects.{name}")
    assert callable(module.build)
    assert len(set(module.HEADINGS.values())) == len(module.HEADINGS)


@pytest.mark.parametrize("name", FIGURES + TABLES)
def test_every_artifact_has_a_caption_of_one_to_three_sentences(name):
    text = (REPORT / f"{name}.rst").read_text(encoding="utf-8")
    flat = " ".join(text.replace("et\nal.,", "et al,").replace("et al.,", "et al,").split())
    sentences = [part for part in flat.split(". ") if part]
    assert 1 <= len(sentences) <= 3
    assert flat.endswith(".")


@pytest.mark.parametrize("stage", ["data", "train", "embed", "metrics", "measure", "stats", "zoo"])
def test_no_earlier_stage_imports_figures(stage):
    for path in (PACKAGE / stage).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for later in ("modgap.figures", "modgap.tables", "matplotlib", "seaborn"):
            assert f"import {later}" not in text, path
            assert f"from {later}" not in text, path


def test_tables_are_written_without_matplotlib():
    code = (
        "import sys, modgap.tables.write, modgap.tables.two_effects.table4\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    environment = {"PYTHONPATH": str(ROOT / "workflow"), "PATH": ""}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
