"""What `pip install .` brings, and that measuring needs no more than that."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from modgap.errors import InputError
from modgap.study import results

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Whatever a light installation lacks raises on import, as if it were not there.
BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from modgap.__main__ import main
sys.exit(main({arguments!r}))
"""


def run_without(blocked, arguments):
    """What the command line did in a process that lacks some libraries."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKED.format(blocked=blocked, arguments=arguments)],
        cwd=ROOT / "workflow",
        capture_output=True,
        text=True,
        check=False,
    )


def names(requirements):
    words = (re.match(r"[\w.-]+", line.strip()) for line in requirements)
    return {word[0].lower().replace("_", "-") for word in words if word}


def pinned(file):
    lines = (ROOT / "envs" / file).read_text().splitlines()
    return names(line for line in lines if "==" in line)


def test_every_pin_is_a_declared_dependency_and_the_other_way_round():
    extras = PROJECT["optional-dependencies"]
    declared = names([*PROJECT["dependencies"], *(name for of in extras.values() for name in of)])
    declared -= {"modgap"}
    assert declared == pinned("requirements.txt")


@pytest.fixture
def arrays(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(25, 4)).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "texts.npy", images + 1)
    (tmp_path / "labels.csv").write_text("object,hue\n" + "a,x\nb,x\na,y\nb,y\nc,z\n" * 5)
    return [str(tmp_path / name) for name in ("images.npy", "texts.npy", "labels.csv")]


def test_measuring_needs_the_light_core_alone(arrays, tmp_path):
    images, texts, labels = arrays
    blocked = names(PROJECT["optional-dependencies"]["study"])
    blocked |= names(PROJECT["optional-dependencies"]["plots"]) - {"modgap"}
    blocked |= {"open_clip", "cv2", "PIL", "skimage", "yaml"}
    blocked -= {"modgap"}
    out = tmp_path / "table.parquet"
    arguments = ["measure", images, texts, "--labels", labels, "--resamples", "20"]
    run = run_without(blocked, [*arguments, "--out", str(out)])
    assert run.returncode == 0, run.stderr
    for metric in ("rmg", "recall@1", "moad", "linear_separability"):
        assert metric in run.stdout
    assert out.is_file()


def test_a_torch_file_without_torch_says_what_to_do(tmp_path):
    (tmp_path / "images.pt").write_bytes(b"PK")
    arguments = ["measure", str(tmp_path / "images.pt"), str(tmp_path / "images.pt")]
    run = run_without({"torch"}, arguments)
    assert run.returncode == 1
    assert "torch is not installed" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_page_without_what_draws_it_says_what_to_install(tmp_path):
    run = run_without({"jinja2"}, ["page", str(tmp_path)])
    assert run.returncode == 1
    assert run.stderr.endswith("jinja2 is not installed; pip install 'modgap[study]'\n")
    assert "Traceback" not in run.stderr


def test_a_page_apart_from_the_repository_says_where_it_can_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "SHEETS", tmp_path / "config")
    with pytest.raises(InputError, match=r"apart from its repository.*run it in a clone"):
        results.read_study(tmp_path)
