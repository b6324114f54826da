"""Commands and links of the documentation: run, or named with the reason why not."""

import re
import shlex
import shutil
import tomllib

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.documented import (
    NOT_RUN,
    PAGES,
    ROOT,
    commands,
    documented,
    headings,
    is_pattern,
    links,
)
from helpers.results_folder import results_folder

from modgap.__main__ import main

N = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with every file that the documented commands read, made up."""
    made = tmp_path_factory.mktemp("documented")
    rng = np.random.default_rng(0)
    images = rng.normal(size=(N, 8)).astype(np.float32)
    for name in ("images", "texts", "english", "german", "new"):
        np.save(made / f"{name}.npy", images + rng.normal(0.3, 0.5, (N, 8)).astype(np.float32))
    np.save(made / "features_clip.npy", np.stack([images, images + 0.5]))
    pd.DataFrame({"image": range(N), "text": range(N)}).to_csv(
        made / "pairs.tsv", sep="\t", index=False
    )
    labels = pd.DataFrame({"object": ["a", "b", "c"] * (N // 3), "hue": ["x", "y"] * (N // 2)})
    labels.to_csv(made / "labels.tsv", sep="\t", index=False)
    results_folder(made / "results")
    shutil.copytree(made / "results", made / "last")
    for name in ("a", "b"):  # studies whose folders lie in another's
        shutil.copytree(made / "last", made / "results" / name)
    return made


def test_every_documented_modgap_command_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    lines = documented("modgap")
    assert len(lines) > 10
    for line in lines:
        if "--picture" in line and not shutil.which("chromium"):
            continue
        if line.endswith("--out closed"):  # another page may have made it
            shutil.rmtree("closed", ignore_errors=True)
        fewer = re.match("modgap (measure|compare|close .*--method)", line)
        extra = ["--resamples", "20"] if fewer else []
        assert main([*shlex.split(line)[1:], *extra]) == 0, (line, capsys.readouterr().err)


def test_every_other_command_is_run_elsewhere_or_has_a_reason():
    every = {command for page in PAGES for command in commands(page) if not is_pattern(command)}
    for command in every:
        runs = command.startswith(("modgap ", "snakemake "))  # here; tests/workflow
        assert runs or command.startswith(tuple(NOT_RUN)), command
    for start in NOT_RUN:
        assert any(command.startswith(start) for command in every), f"{start}: no page has it"


def test_no_link_of_the_documentation_is_dead():
    pages = [*PAGES, ROOT / "CHANGELOG.md"]
    for page in pages:
        for link in links(page):
            if "://" in link or not re.search("[.#/]", link):
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), f"{page.name}: {link}"
            assert not anchor or anchor in headings(target), f"{page.name}: {link}"


def test_every_page_can_be_reached_from_the_readme():
    waiting, seen = [ROOT / "README.md"], set()
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        names = [link.partition("#")[0] for link in links(page)]
        waiting += [
            (page.parent / name).resolve()
            for name in names
            if name.endswith(".md") and "://" not in name
        ]
    assert {page.resolve() for page in PAGES} <= seen


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_picture_of_the_board_is_small():
    assert (ROOT / "docs" / "board.png").stat().st_size < 200_000
