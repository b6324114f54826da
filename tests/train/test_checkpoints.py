import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.tiny_training import CPU, tiny_source

from modgap.formats.files import sha256
from modgap.formats.model_folder import WEIGHTS
from modgap.formats.tables import read_table
from modgap.train.job import train_job

SETTINGS = {
    "epochs": 3,
    "text_rest": 0.25,
    "text_learning_rate": 0.5,
    "scale_learning_rate": 1.0,
    "initial_temperature": 0.07,
    "learnable_temperature": True,
    "loss": "sigmoid",
    "embed_dim": 8,
    "image_tower": "test_resnet",
    "text_width": 32,
    "text_layers": 1,
    "seed": 0,
}
TRAINING = {
    "precision": "fp32",
    "batch_size": 32,
    "learning_rate": 0.003,
    "weight_decay": 0.1,
    "warmup_steps": 2,
    "probe_every": 3,
    "checkpoint_every": 2,
    # Its state is AdamW's too, for all that is no matrix of the image tower.
    "optimizer": "muon",
}
STEPS = 12


def job(folder, source=None, **changed):
    train_job(folder, "m", source or tiny_source(), SETTINGS | changed, TRAINING, device=CPU)


def stopping(at, stop):
    """A source that calls `stop` in place of its batch number `at`, counted from 0."""
    source, seen = tiny_source(), []

    def epoch(rng):
        for batch in source.epoch(rng):
            if len(seen) == at:
                stop()
            seen.append(batch)
            yield batch

    return replace(source, epoch=epoch), seen


def fail():
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    job(folder)
    assert sorted(path.name for path in folder.glob("*checkpoint*")) == []
    return folder


def assert_same(folder, whole):
    assert sha256(folder / WEIGHTS) == sha256(whole / WEIGHTS)
    first, second = (read_table(f / "history.parquet")[0].to_pandas() for f in (folder, whole))
    assert first.equals(second)
    assert not (folder / "checkpoint.safetensors").exists()


# In an epoch, at the end of one (four batches each), at its start, and before any checkpoint.
@pytest.mark.parametrize(("at", "steps_left"), [(7, 6), (9, 4), (8, 4), (4, 8), (1, 12)])
def test_an_interrupted_training_goes_on_and_ends_with_the_same_bits(
    tmp_path, whole, at, steps_left, caplog
):
    source, _ = stopping(at, fail)
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path, source)
    again, seen = stopping(-1, fail)
    caplog.set_level("INFO")
    job(tmp_path, again)
    assert_same(tmp_path, whole)
    # Batches of the checkpoint's own epoch are drawn again, those of earlier epochs are not.
    done = STEPS - steps_left
    used_again = done % 4 if done else 0
    if done and not used_again:
        used_again = 4
    assert len(seen) == steps_left + used_again
    assert (f"going on after step {done}" in caplog.text) == (done > 0)


def test_an_interrupted_training_of_a_shared_tower_ends_with_the_same_bits(tmp_path):
    shared = {"image_tower": "transformer", "shared_tower": True}
    job(tmp_path / "whole", **shared)
    source, _ = stopping(7, fail)
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path / "m", source, **shared)
    job(tmp_path / "m", **shared)
    assert_same(tmp_path / "m", tmp_path / "whole")


def test_a_killed_process_goes_on_and_ends_with_the_same_bits(tmp_path, whole):
    script = (
        "import torch; torch.set_num_threads(int(__import__('sys').argv[2]))\n"
        "from test_checkpoints import *\n"
        "source, _ = stopping(9, lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "job(Path(sys.argv[1]), source)\n"
    )
    tests = Path(__file__).parents[1]
    paths = [str(tests.parent / "workflow"), str(tests), str(tests / "train")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", script, str(tmp_path), str(torch.get_num_threads())]
    killed = subprocess.run(command, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "checkpoint.safetensors").is_file()
    assert not (tmp_path / WEIGHTS).exists()
    job(tmp_path)
    assert_same(tmp_path, whole)


def test_a_checkpoint_of_other_settings_or_data_is_not_taken(tmp_path, whole, caplog):
    source, _ = stopping(7, fail)
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path, source, seed=1)
    job(tmp_path)
    assert "of other settings or data; training starts anew" in caplog.text
    assert_same(tmp_path, whole)
    source, _ = stopping(7, fail)
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path, replace(source, fingerprint="other pixels"))
    job(tmp_path)
    assert caplog.text.count("of other settings or data") == 2
    assert_same(tmp_path, whole)


@pytest.mark.parametrize(
    "fault", ["cut short", "a bit flipped", "history changed", "no safetensors"]
)
def test_a_damaged_checkpoint_is_said_and_not_taken(tmp_path, whole, caplog, fault):
    source, _ = stopping(7, fail)
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path, source)
    path = tmp_path / "checkpoint.safetensors"
    data = bytearray(path.read_bytes())
    if fault == "a bit flipped":
        data[-20] ^= 4
    if fault == "history changed":
        place = data.index(b"temperature") + 20
        data[place] = ord("1") if data[place] != ord("1") else ord("2")
    path.write_bytes({"cut short": data[:-500], "no safetensors": b"{}"}.get(fault, data))
    job(tmp_path)
    assert "damaged" in caplog.text
    assert_same(tmp_path, whole)
