"""The examples in docstrings are what the code does."""

import doctest
import importlib
from pathlib import Path

import pytest

import modgap

PACKAGE = Path(modgap.__file__).parent
MODULES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_what_the_code_does(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert not result.failed
