"""Files cut anywhere, bits flipped anywhere: named, or the same values; never others."""

import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.tiny_data import save_array_manifest
from helpers.tiny_embeddings import tiny_pair
from helpers.tiny_models import save_tiny_clip

from modgap.embed.pixels import build_pixel_cache, open_pixel_cache
from modgap.errors import InputError
from modgap.formats.arrays import read_array, write_array
from modgap.formats.embeddings import read_embeddings, write_embeddings
from modgap.formats.files import write_text
from modgap.formats.manifest import read_manifest
from modgap.formats.model_folder import WEIGHTS, read_weights
from modgap.formats.preprocessing import Preprocessing
from modgap.formats.tables import read_frames, write_frame

RNG = np.random.default_rng(0)


def embeddings(folder):
    path = folder / "image.parquet"
    write_embeddings(path, tiny_pair()[0], "float32")
    return path, lambda: read_embeddings(path).vectors


def metrics(folder):
    path = folder / "metrics.parquet"
    frame = pd.DataFrame({"metric": list("abcdefgh") * 20, "value": RNG.normal(size=160)})
    write_frame(path, frame, {"seed": 0})
    return path, lambda: read_frames([path])["value"].to_numpy()


def weights(folder):
    save_tiny_clip(folder, layers=1, width=16)
    path = folder / WEIGHTS

    def read():
        tensors = read_weights(folder)[0]
        return torch.cat([tensors[name].flatten().double() for name in sorted(tensors)]).numpy()

    return path, read


def array(folder):
    path = folder / "labels.npy"
    write_array(path, RNG.integers(0, 9, (50, 6)))
    return path, lambda: read_array(path)


def pixels(folder):
    data = save_array_manifest(folder / "data", n=4, size=40)
    wanted = Preprocessing.parse("28-bicubic-shortest")
    build_pixel_cache(data, wanted, folder / "cache")

    def read():
        cache = open_pixel_cache(folder / "cache", read_manifest(data))
        return np.array(cache.pixels)

    return folder / "cache/pixels.npy", read


KINDS = [embeddings, metrics, weights, array, pixels]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_anywhere_is_named(tmp_path, kind):
    path, read = kind(tmp_path)
    data, whole = path.read_bytes(), read()
    for length in (0, 1, *RNG.integers(2, len(data) - 1, 20), len(data) - 1):
        path.write_bytes(data[: int(length)])
        with pytest.raises(InputError, match=path.name.replace(".", r"\.")):
            read()
    path.write_bytes(data)
    np.testing.assert_array_equal(read(), whole)


@pytest.mark.parametrize("kind", [embeddings, metrics, weights])
def test_a_bit_flipped_anywhere_gives_no_other_value(tmp_path, kind):
    path, read = kind(tmp_path)
    data, whole = path.read_bytes(), read()
    named = 0
    for place in RNG.integers(0, len(data), 60):
        damaged = bytearray(data)
        damaged[place] ^= 1 << int(RNG.integers(8))
        path.write_bytes(damaged)
        try:
            values = read()
        except InputError as error:
            named += path.name in str(error)
        else:
            # In a place that holds no value, such as the name of the writer.
            np.testing.assert_array_equal(values, whole)
    assert named > 30


_WRITER = """
import sys, time
from modgap.formats.files import whole_file
with whole_file(sys.argv[1]) as partial:
    partial.write_text("half")
    print("written", flush=True)
    time.sleep(60)
"""


def test_a_writer_killed_in_the_middle_leaves_the_file_before(tmp_path):
    target = tmp_path / "table.csv"
    write_text(target, "before")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _WRITER, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as writer:
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
    assert target.read_text() == "before"
    # What is left of it has a hidden name that no rule and no pattern takes.
    assert [path.name for path in tmp_path.glob("[!.]*")] == ["table.csv"]
    write_text(target, "after")
    assert target.read_text() == "after"
