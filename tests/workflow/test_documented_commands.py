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
    words, configfile = shlex.split(command)[1:], "config.yaml"
    if "--configfile" in words:
        place = words.index("--configfile")
        configfile = words[place + 1]
        del words[place : place + 2]
    code, output = study.snakemake(*words, "-n", configfile=configfile)
    assert code == 0, output[-2000:]
    assert "Job stats" in output
