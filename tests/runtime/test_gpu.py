import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modgap.runtime.gpu import count_gpus, take_gpu


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """A container with three of a machine's GPUs: CUDA calls them 0, 1 and 2."""
    # Set first, so that what a test takes is undone after it.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    devices, locks = tmp_path / "dev", tmp_path / "locks"
    devices.mkdir()
    locks.mkdir()
    for name in ("nvidia1", "nvidia2", "nvidia10", "nvidiactl", "nvidia-uvm"):
        (devices / name).touch()
    return {"devices": devices, "locks": locks}


def _job(machine: dict, taken, done) -> None:
    taken.put((take_gpu("auto", **machine), os.environ["CUDA_VISIBLE_DEVICES"]))
    done.wait()


def _start(machine: dict, taken, done) -> multiprocessing.Process:
    process = multiprocessing.get_context("fork").Process(target=_job, args=(machine, taken, done))
    process.start()
    return process


def test_jobs_side_by_side_get_a_gpu_each_and_a_fourth_waits_for_one(machine):
    fork = multiprocessing.get_context("fork")
    taken, done, killed = fork.Queue(), fork.Event(), fork.Event()
    first = _start(machine, taken, killed)
    assert taken.get(timeout=20) == ("0", "0")
    others = [_start(machine, taken, done) for _ in range(2)]
    assert {taken.get(timeout=20) for _ in others} == {("1", "1"), ("2", "2")}
    fourth = _start(machine, taken, done)
    fourth.join(1)
    assert taken.empty()
    # A job that dies frees its GPU.
    first.kill()
    first.join()
    assert taken.get(timeout=20) == ("0", "0")
    done.set()
    for process in (*others, fourth):
        process.join()


def test_the_gpus_that_the_environment_names_are_those_that_count(machine, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7,GPU-3f/1")
    assert take_gpu("cuda", **machine) == "7"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "7"


@pytest.mark.parametrize("device", ["cpu", "cuda:1"])
def test_a_named_device_is_left_alone(machine, device):
    assert take_gpu(device, **machine) is None
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_a_single_gpu_is_taken_too(machine):
    for name in ("nvidia1", "nvidia2"):
        (machine["devices"] / name).unlink()
    assert count_gpus(machine["devices"]) == 1
    assert take_gpu("auto", **machine) == "0"


@pytest.mark.parametrize("visible", ["", "3", None])
def test_without_a_gpu_or_with_the_one_of_a_scheduler_nothing_changes(
    machine, monkeypatch, visible
):
    if visible is None:
        for path in machine["devices"].glob("nvidia[0-9]*"):
            path.unlink()
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert take_gpu("auto", **machine) is None
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == visible


def test_torch_is_not_started_by_it():
    code = "import sys, modgap.runtime.gpu; sys.exit('torch' in sys.modules)"
    root = Path(__file__).parents[2] / "workflow"
    environment = {**os.environ, "PYTHONPATH": str(root)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
