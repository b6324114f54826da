"""One tiny study, run once by real Snakemake, that the tests of this folder look at and disturb."""

import pytest
from helpers.tiny_study import Study, copy_repository


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The tiny study, built in full."""
    made = copy_repository(tmp_path_factory.mktemp("study"))
    code, output = made.snakemake("all")
    assert code == 0, output[-5000:]
    return made
