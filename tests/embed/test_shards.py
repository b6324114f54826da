import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.tiny_data import save_array_manifest
from helpers.tiny_models import save_tiny_clip

from modgap.embed import shards
from modgap.embed.encoder import Encoder
from modgap.embed.extract import embed_manifest
from modgap.formats.embeddings import read_embeddings

N, BATCH, ROWS = 50, 4, 10  # shards of 8 rows, the last of 2


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    base = tmp_path_factory.mktemp("inputs")
    return save_tiny_clip(base / "clip"), save_array_manifest(base / "data", n=N)


def embed(inputs, out: Path, **options) -> tuple[bytes, bytes]:
    out.mkdir(exist_ok=True)
    paths = out / "image.parquet", out / "text.parquet"
    options = {"device": "cpu", "batch_size": BATCH, **options}
    embed_manifest(*inputs, None, *paths, **options)
    return tuple(path.read_bytes() for path in paths)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(shards, "ROWS", ROWS)


@pytest.fixture
def encoded(monkeypatch):
    """The number of images in each batch that was encoded."""
    batches = []
    real = Encoder.images
    monkeypatch.setattr(
        Encoder, "images", lambda self, pixels: batches.append(len(pixels)) or real(self, pixels)
    )
    return batches


def test_shards_change_no_bit_and_leave_nothing(inputs, tmp_path, monkeypatch):
    whole = embed(inputs, tmp_path / "whole")
    monkeypatch.setattr(shards, "ROWS", ROWS)
    assert embed(inputs, tmp_path / "parts") == whole
    assert {path.name for path in (tmp_path / "parts").iterdir()} == {
        "image.parquet",
        "text.parquet",
    }


def stop_after(monkeypatch, images: int):
    real, seen = Encoder.images, [0]

    def stopping(self, pixels):
        seen[0] += len(pixels)
        if seen[0] > images:
            raise KeyboardInterrupt
        return real(self, pixels)

    monkeypatch.setattr(Encoder, "images", stopping)


def test_a_stopped_job_loses_at_most_one_shard(inputs, tmp_path, small, monkeypatch, encoded):
    whole = embed(inputs, tmp_path / "whole")
    with monkeypatch.context() as patch:
        stop_after(patch, 30)  # in the fourth shard
        with pytest.raises(KeyboardInterrupt):
            embed(inputs, tmp_path / "stopped")
    assert not (tmp_path / "stopped" / "image.parquet").exists()
    encoded.clear()
    assert embed(inputs, tmp_path / "stopped") == whole
    assert sum(encoded) == N - 24
    assert not list((tmp_path / "stopped").glob(".*"))


@pytest.mark.parametrize("change", ["precision", "batch_size", "shard", "damage"])
def test_shards_of_something_else_are_not_used(
    inputs, tmp_path, small, monkeypatch, encoded, change
):
    options = {"precision": "amp"} if change == "precision" else {}
    options |= {"batch_size": 5} if change == "batch_size" else {}
    whole = embed(inputs, tmp_path / "whole", **options)
    with monkeypatch.context() as patch:
        stop_after(patch, 30)
        with pytest.raises(KeyboardInterrupt):
            embed(inputs, tmp_path / "stopped")
    kept = sorted((tmp_path / "stopped").rglob("*.npy"))
    assert len(kept) == 3
    if change == "shard":
        np.save(kept[1], np.zeros((3, 16), np.float32))
    if change == "damage":
        kept[1].write_bytes(kept[1].read_bytes()[:50])
    encoded.clear()
    assert embed(inputs, tmp_path / "stopped", **options) == whole
    assert sum(encoded) == (N - 16 if change in ("shard", "damage") else N)


_CHILD = """
import sys, time, torch
torch.set_num_threads(int(sys.argv[5]))
from modgap.embed import extract, shards
from modgap.embed.encoder import Encoder
shards.ROWS = 10
real = Encoder.images
def slow(self, pixels):
    time.sleep(0.2)
    return real(self, pixels)
Encoder.images = slow
extract.embed_manifest(*sys.argv[1:3], None, *sys.argv[3:5], device="cpu", batch_size=4)
"""


def test_a_killed_job_is_gone_on_with(inputs, tmp_path, small, encoded):
    out = tmp_path / "killed"
    out.mkdir()
    paths = [str(out / "image.parquet"), str(out / "text.parquet")]
    environment = os.environ | {"PYTHONPATH": str(Path(shards.__file__).parents[2])}
    command = [sys.executable, "-c", _CHILD, *map(str, inputs), *paths]
    command.append(str(torch.get_num_threads()))
    child = subprocess.Popen(command, env=environment)
    try:
        until = time.monotonic() + 60
        while len(list(out.rglob("*.npy"))) < 2:
            assert child.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not Path(paths[0]).exists()
    kept = len(list(out.rglob("[0-9a-f]*.npy")))
    encoded.clear()
    embed(inputs, out)
    assert sum(encoded) == N - 8 * kept
    embed(inputs, tmp_path / "whole")
    np.testing.assert_array_equal(
        read_embeddings(paths[0]).vectors,
        read_embeddings(tmp_path / "whole" / "image.parquet").vectors,
    )
