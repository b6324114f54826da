"""The README says what the repository does: artifacts, commands, length."""

import re
from pathlib import Path

import yaml

from modgap.study.artifacts import read_artifacts

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_artifact_stands_in_the_table():
    table = README.split("| artifact | what it shows |")[1].split("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    listed, source = set(), ""
    for cell in rows[1:] if rows[0].startswith(" ---") else rows:
        source = cell.split(":")[0].strip() if ":" in cell else source
        listed |= {f"{source}_{name}" for name in re.findall(r"\w+", cell.split(":")[-1])}
    assert listed == {each.target for each in read_artifacts()[1]}


def test_targets_stand_before_configfile_which_swallows_what_follows_it():
    pages = [README, *(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))]
    for line in "\n".join(pages).splitlines():
        if line.startswith("snakemake") and "--configfile" in line:
            assert re.search(r"--configfile \S+( *#.*)?$", line), line


def test_every_configuration_and_page_that_it_names_is_there():
    for name in re.findall(r"config/\w+\.yaml|docs/\w+\.md|benchmarks/\w+\.py", README):
        assert (ROOT / name).is_file(), name


def test_the_example_of_experiments_is_a_study():
    page = (ROOT / "docs" / "changing.md").read_text(encoding="utf-8")
    example = page.split("```yaml")[1].split("```")[0]
    experiments = yaml.safe_load(example)["experiments"]
    assert {next(iter(each)) for each in experiments.values()} == {
        "train",
        "sheet",
        "random",
        "files",
    }


def test_it_is_short():
    words = [word for word in README.split() if re.search(r"\w", word)]
    assert len(words) <= 1000
