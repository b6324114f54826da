import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def pins(lines):
    found = (re.match(r"([\w.-]+)={2,3}([\w.]+)$", line.strip()) for line in lines)
    return {match[1]: match[2] for match in found if match}


@pytest.mark.parametrize("path", sorted((ROOT / "envs").glob("*.yaml")), ids=lambda p: p.name)
def test_the_environments_of_rules_have_the_pins_of_the_requirements(path):
    required = pins((ROOT / "envs/requirements.txt").read_text().splitlines())
    *_, packages = yaml.safe_load(path.read_text())["dependencies"]
    asked = pins(packages["pip"])
    assert asked
    assert asked.items() <= required.items()
