"""One small study that nothing disturbed; each fault strikes a copy of it."""

import shutil
from pathlib import Path

import pytest
import yaml
from helpers.faults import SMALLEST, TARGETS, FaultyStudy
from helpers.tiny_study import copy_repository


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> FaultyStudy:
    """The study; tests only read it."""
    made = copy_repository(tmp_path_factory.mktemp("undisturbed"))
    (made.folder / "tiny.yaml").write_text(yaml.safe_dump(SMALLEST))
    study = FaultyStudy(made.folder)
    code, output = study.run(*TARGETS)
    assert code == 0, output[-5000:]
    return study


@pytest.fixture
def study(undisturbed: FaultyStudy, tmp_path: Path) -> FaultyStudy:
    """A copy for a test to disturb."""
    shutil.copytree(undisturbed.folder, tmp_path / "study", copy_function=shutil.copy2)
    return FaultyStudy(tmp_path / "study")
