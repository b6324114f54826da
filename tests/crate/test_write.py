import json
import re

import pytest
import yaml
from helpers.results_folder import results_folder
from helpers.tiny_study import ROOT

from modgap.crate.write import AUTHOR, LICENCE, METADATA, write_crate
from modgap.formats.files import sha256
from modgap.study.results import read_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("results")
    write_crate(made, results_folder(made, left_out=("pools",)))
    return made


@pytest.fixture(scope="module")
def entities(folder):
    graph = json.loads((folder / METADATA).read_text())["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_every_file_of_the_crate_is_there_with_its_sum(folder, entities):
    files = [entity for entity in entities.values() if "File" in entity["@type"]]
    assert len(files) > 80
    for entity in files:
        assert (folder / entity["@id"]).is_file(), entity["@id"]
        if "sha256" in entity:
            assert entity["sha256"] == sha256(folder / entity["@id"])
            assert int(entity["contentSize"]) == (folder / entity["@id"]).stat().st_size
    parts = {part["@id"] for part in entities["./"]["hasPart"]}
    assert parts >= {entity["@id"] for entity in files}
    assert "metrics/" in parts
    assert "embeddings/" not in parts  # not in this folder


def test_the_run_made_the_artifacts_out_of_the_configuration_by_the_workflow(folder, entities):
    run = entities["#run"]
    assert run["@type"] == "CreateAction"
    assert run["instrument"] == entities["./"]["mainEntity"] == {"@id": "workflow/Snakefile"}
    assert run["object"] == {"@id": "study.yaml"}
    made = {result["@id"] for result in run["result"]}
    assert {"two_effects/fig3.csv", "about/claims.csv", "report.html"} <= made
    assert not {name for name in made if "table4" in name}
    assert (folder / "workflow/Snakefile").read_text() == (ROOT / "Snakefile").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00", run["endTime"])


def test_it_follows_the_profile_that_it_names(entities):
    named = {profile["@id"] for profile in entities["./"]["conformsTo"]}
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in named
    assert entities["./"]["license"] == {"@id": LICENCE}
    workflow = entities["workflow/Snakefile"]
    assert set(workflow["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    needed = {entities[each["@id"]]["name"] for each in workflow["softwareRequirements"]}
    assert needed == {"numpy"}


def test_the_same_folder_makes_the_same_crate(folder):
    before = (folder / METADATA).read_bytes()
    write_crate(folder, read_study(folder))
    assert (folder / METADATA).read_bytes() == before


def test_author_and_licence_are_those_of_the_citation():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"name": AUTHOR} in citation["authors"]
    assert LICENCE.endswith(f"/{citation['license']}")
