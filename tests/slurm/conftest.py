"""One real SLURM and one study that was built without it, for the tests of this folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from helpers.one_node_slurm import Cluster, NoSlurmError, running
from helpers.slurm_runs import SMALL, TARGETS
from helpers.tiny_study import Study, copy_repository


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """SLURM on this machine, or the reason why these tests are skipped."""
    try:
        with running(tmp_path_factory.mktemp("slurm")) as cluster:
            yield cluster
    except NoSlurmError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def local(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study, built on this machine alone."""
    study = copy_repository(tmp_path_factory.mktemp("local"))
    (study.folder / "tiny.yaml").write_text(yaml.safe_dump(SMALL))
    code, output = study.snakemake(*TARGETS)
    assert code == 0, output[-5000:]
    return study


@pytest.fixture
def finished(local: Study, tmp_path: Path) -> Study:
    """A copy of it, to be disturbed."""
    shutil.copytree(local.folder, tmp_path / "study", copy_function=shutil.copy2)
    return Study(tmp_path / "study")
