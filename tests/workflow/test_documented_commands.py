"""Documented Snakemake commands are ones that Snakemake takes; others test what they make."""

import re
import shlex

import pytest
from helpers.documented import documented
from helpers.tiny_study import copy_repository

pytestmark = pytest.mark.workflow
# A plan is the same with -n and without, on any number of cores.
COMMANDS = sorted({re.sub(" -n| --cores all", "", command) for command in documented("snakemake")})


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return copy_repository(tmp_path_factory.mktemp("documented"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_plans_its_jobs(study, command):
    words, _, configfile = command.partition(" --configfile ")
    code, output = study.snakemake(
        *shlex.split(words)[1:], "-n", configfile=configfile or "config.yaml"
    )
    assert code == 0, output[-2000:]
    assert "Job stats" in output
