"""What Snakemake plans on a cluster and on machines of different sizes; nothing is run."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Container, Iterator
from pathlib import Path

import pytest
from helpers.tiny_study import ROOT, copy_repository
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

pytestmark = pytest.mark.workflow
# Rules of the paper study that ask for GPUs, and for which.
ON_GPUS = dict.fromkeys(("train", "embed", "embed_told", "initialisations"), "1")
ON_GPUS["train_distributed"] = "gpu:8"


def plan(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "snakemake", "-n", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder / "workflow"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def jobs(output: str, local: Container[str] = ()) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each planned job: its rule, where it runs (a group, "alone" or "local"), what it asks for."""
    group = rule = place = ""
    for line in output.splitlines():
        if match := re.search(r"[Gg]roup job (\S+) \(jobs", line):
            group = match[1]
        elif match := re.match(r"( *)(?:local)?rule (\w+):", line):
            rule = match[2]
            place = "local" if rule in local else group if match[1] else "alone"
        elif match := re.match(r" *resources: (.*)", line):
            yield rule, place, dict(part.split("=", 1) for part in match[1].split(", "))


def local_rules() -> set[str]:
    """The rules that never go to a cluster, those without a script among them."""
    with (
        pytest.MonkeyPatch.context() as patch,
        SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api,
    ):
        patch.chdir(ROOT)
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[ROOT / "config/paper.yaml"]),
            snakefile=ROOT / "Snakefile",
        )._workflow
        return {r.name for r in workflow.rules if r.norun or r.name in workflow._localrules}


@pytest.fixture(scope="module")
def paper(tmp_path_factory) -> str:
    study = copy_repository(tmp_path_factory.mktemp("paper"))
    paper = str(ROOT / "config/paper.yaml")
    return plan(study.folder, "--profile", "profiles/slurm", "--configfile", paper)


def test_the_paper_study_asks_for_gpus_where_none_can_be_counted(paper):
    """`device: auto` on a login node, and no --cores."""
    asked = {
        (rule, resources.get("gres") or resources.get("gpu", "0"))
        for rule, _, resources in jobs(paper)
    }
    assert {(rule, gpu) for rule, gpu in asked if gpu != "0"} == set(ON_GPUS.items())
    assert ON_GPUS.keys().isdisjoint(rule for rule, gpu in asked if gpu == "0")


def test_short_jobs_go_together(paper):
    local = local_rules()
    planned = list(jobs(paper, local))
    places = {(rule, place) for rule, place, _ in planned}
    alone = {rule for rule, place in places if place == "alone"}
    assert alone == {"mad", "train", "train_distributed", "noise", "initialisations"}
    groups = Counter(re.findall(r"^.*?[Gg]roup job (\S+) \(jobs", paper, re.MULTILINE))
    assert set(groups) == {
        *("manifest", "pixels", "random_model", "embed_told", "embed", "measure", "simulate"),
        "correlations",
    }
    single = sum(place == "alone" for _, place, _ in planned)
    members = sum(place in groups for _, place, _ in planned)
    assert single + sum(groups.values()) < 320
    assert members > 1000
    assert {"fetch_model", "fetch_dataset", "mnist", "metric_table", "report"} <= local
    assert local.isdisjoint(ON_GPUS)


def test_every_cluster_job_has_memory_and_time(paper):
    for rule, place, resources in jobs(paper, local_rules()):
        if place != "local":
            assert int(resources["mem_mb"]) >= 2000, rule
            # The paper's 30 epochs of CC12M take days.
            longest = 2880 if rule == "train_distributed" else 1440
            assert 20 <= int(resources["runtime"]) <= longest, rule


def test_jobs_of_small_models_ask_for_more_memory_than_they_take(tmp_path):
    """They took 1.5 and 1.1 GB here, and a job's memory was seen at nearly twice that."""
    study = copy_repository(tmp_path)
    output = plan(study.folder, "--profile", "profiles/slurm", "--configfile", "tiny.yaml")
    asked = [(rule, int(resources["mem_mb"])) for rule, _, resources in jobs(output)]
    assert {rule for rule, _ in asked} >= {"train", "embed"}
    assert min(memory for rule, memory in asked if rule == "train") >= 2 * 1600
    assert min(memory for rule, memory in asked if rule == "embed") >= 2 * 1200


@pytest.mark.parametrize("cores", [2, 8, 64])
def test_a_plan_fits_the_cores(tmp_path, cores):
    study = copy_repository(tmp_path)
    output = plan(study.folder, "--cores", str(cores), "--configfile", "tiny.yaml")
    # Snakemake names no thread that is the only one.
    threads = [1, *map(int, re.findall(r"^ +threads: (\d+)$", output, re.MULTILINE))]
    # No rule needs all cores, for which it would wait until no other job runs.
    assert max(threads) == min(8, cores // 2)
