import subprocess
import sys
from pathlib import Path

import pytest

import modgap.stats

FUNCTIONS = [name for name in modgap.stats.__all__ if name[0].islower()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_exported_is_documented_under_the_headings(name):
    lines = [line.strip() for line in getattr(modgap.stats, name).__doc__.splitlines()]
    for heading in ("Parameters", "Returns", "Examples"):
        place = lines.index(heading)
        assert set(lines[place + 1]) == {"-"}, heading


def test_importing_needs_no_statsmodels():
    code = "import sys, modgap.stats; assert 'statsmodels' not in sys.modules"
    folder = Path(modgap.stats.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
