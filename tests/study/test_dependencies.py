from pathlib import Path

import pytest

from modgap.errors import InputError
from modgap.study.dependencies import modules_of

PACKAGE = Path(__file__).parents[2] / "workflow" / "modgap"
SCRIPTS = PACKAGE.parent / "scripts"
# The way of the data: a module may import from its own stage and from those before it.
STAGES = ["mad", "data", "train", "models", "embed", "measure", "stats", "claims", "artifacts"]


def relative(paths):
    return {str(Path(path).relative_to(PACKAGE)) for path in paths}


def test_imports_are_followed_through_modules(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import numpy\nfrom modgap.formats.embeddings import read_embeddings\n")
    assert relative(modules_of(script)) == {
        "formats/arrow_types.py",
        "formats/embeddings.py",
        "formats/list_columns.py",
        "formats/packed.py",
        "formats/part_names.py",
        "formats/pointers.py",
        "formats/rivals.py",
        "formats/tables.py",
        "errors.py",
        "formats/files.py",
        "formats/identity.py",
        "formats/sides.py",
        "formats/text.py",
        "formats/vector_columns.py",
        "formats/wide_columns.py",
    }


def test_a_module_imported_from_its_package_is_found(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "def f():\n    from modgap import errors\n    from modgap.train import towers\n"
    )
    found = relative(modules_of(script))
    assert {"errors.py", "train/towers.py", "formats/tokenizers.py"} <= found


def test_a_script_that_imports_nothing_of_ours_depends_on_nothing(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import json\n")
    assert modules_of(script) == []


def test_another_checkout_than_the_one_imported_is_named(tmp_path):
    other = tmp_path / "workflow"
    for name in ("modgap/study/dependencies.py", "scripts/measure.py"):
        (other / name).parent.mkdir(parents=True)
        (other / name).write_text("from modgap.errors import InputError\n")
    for name in ("scripts/measure.py", "modgap/study/dependencies.py"):
        with pytest.raises(InputError, match="modgap was imported from") as caught:
            modules_of(other / name)
        assert str(PACKAGE) in str(caught.value)
        assert f"PYTHONPATH={other}" in str(caught.value)


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_depends_on_a_later_one(stage):
    later = STAGES[STAGES.index(stage) + 1 :]
    for path in (PACKAGE / stage).rglob("*.py"):
        for found in relative(modules_of(path)):
            assert found.split("/")[0] not in later, f"{path} depends on {found}"


@pytest.mark.parametrize("library", ["metrics", "formats", "runtime", "downloads", "study"])
def test_the_libraries_depend_on_no_stage(library):
    for path in (PACKAGE / library).rglob("*.py"):
        for found in relative(modules_of(path)):
            assert found.split("/")[0] not in STAGES, f"{path}: {found}"


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda p: p.name)
def test_scripts_are_thin_and_log(path):
    source = path.read_text()
    assert len(source.splitlines()) <= 50
    assert "configure_logging(snakemake.log[0])" in source
