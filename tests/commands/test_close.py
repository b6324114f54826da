import os
import re

import numpy as np
import pandas as pd
import pytest

from modgap.__main__ import main
from modgap.formats.embeddings import read_embeddings
from modgap.metrics.interventions import CLOSERS

QUICK = ["--resamples", "20"]


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    base = rng.normal(size=(60, 14)).astype(np.float32)
    names = ("images", "texts", "more")
    for name, shift in zip(names, (1.0, -1.0, 0.0), strict=True):
        noise = 0.4 * rng.normal(size=base.shape)
        np.save(tmp_path / f"{name}.npy", (base + noise + shift).astype(np.float32))
    return [str(tmp_path / f"{name}.npy") for name in names]


def printed(capsys):
    """(metric, modality) → the words that follow."""
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if re.search(r"\d\.\d{4}", line)]
    return {tuple(line.split()[:2]): line for line in lines}


def test_close_prints_before_and_after_and_measure_the_same(files, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["close", *files[:2], "--method", "centre", "--out", str(out), *QUICK]) == 0
    closed = printed(capsys)
    assert main(["measure", str(out / "image.parquet"), str(out / "text.parquet"), *QUICK]) == 0
    measured = printed(capsys)
    assert len(measured) > 25
    assert measured.keys() == closed.keys()
    for key, line in measured.items():
        values = re.findall(r"-?\d+\.\d{4}", line)  # value, low, high
        assert re.findall(r"-?\d+\.\d{4}", closed[key])[-len(values) :] == values, key


def test_maps_move_one_file_alone(files, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["close", *files[:2], "--method", "midpoint", "--out", str(out), *QUICK]) == 0
    means = ["--with", str(out / "means.parquet"), "--modality", "text"]
    for name in ("new.parquet", "new.npy"):
        assert main(["close", files[1], *means, "--out", str(tmp_path / name)]) == 0
    expected = read_embeddings(out / "text.parquet").vectors
    new = read_embeddings(tmp_path / "new.parquet")
    np.testing.assert_allclose(new.vectors, expected, atol=1e-6)
    assert new.metadata["closed"]["method"] == "midpoint"
    np.testing.assert_array_equal(np.load(tmp_path / "new.npy"), new.vectors)


def test_compare_prints_a_line_per_closer_and_writes_everything(files, tmp_path, capsys):
    out = tmp_path / "table.csv"
    assert main(["compare", *files[:2], "--out", str(out), *QUICK]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["none", *CLOSERS]
    frame = pd.read_csv(out, keep_default_na=False)
    assert set(frame["closer"]) == {"none", *CLOSERS}
    assert {"value", "low", "high", "n"} <= set(frame)


def test_measure_takes_more_than_two(files, tmp_path, capsys):
    out = tmp_path / "clouds.csv"
    assert main(["measure", *files, "--out", str(out), *QUICK]) == 0
    text = capsys.readouterr().out
    assert "rmg, as given (n = 60)" in text
    assert "pool_ndcg@10, centred (n = 60)" in text
    frame = pd.read_csv(out)
    row = frame[(frame["metric"] == "rmg") & (frame["state"] == "centred")].iloc[0]
    assert f"{row['value']:.4f} [{row['low']:.4f}, {row['high']:.4f}]" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "center"], "did you mean 'centre'"),
        (["--method", "centre", "--calibrate", "1.2"], "calibration share 1.2"),
        ([], "--method: expected the name of a closer"),
        (["--with", "means.parquet"], "TEXTS: not with --with"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(files, tmp_path, capsys, words, message):
    before = sorted(tmp_path.iterdir())
    assert main(["close", *files[:2], *words, "--out", str(tmp_path / "out")]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert sorted(tmp_path.iterdir()) == before


def test_clouds_of_other_dimensions(files, tmp_path, capsys):
    np.save(tmp_path / "wide.npy", np.ones((60, 15)))
    words = ["close", files[0], str(tmp_path / "wide.npy"), "--method", "centre"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 1
    assert "has 14 dimensions and" in capsys.readouterr().err
    assert main(["measure", *files, "--pairs", "pairs.csv"]) == 1
    assert "--pairs: joins two clouds" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["measure", "compare", "close", "three clouds"])
def test_what_is_written_is_there_though_nobody_reads_what_is_printed(
    files, tmp_path, command, monkeypatch
):
    """`modgap … | head` closes the pipe."""
    read, write = os.pipe()
    os.close(read)
    monkeypatch.setattr("sys.stdout", os.fdopen(write, "w", buffering=1))
    out = tmp_path / ("out" if command == "close" else "out.csv")
    words = {"close": ["close", *files[:2], "--method", "centre"], "three clouds": ["measure"]}
    words["three clouds"] += files
    arguments = words.get(command, [command, *files[:2]])
    assert main([*arguments, "--out", str(out), "--resamples", "3"]) == 0
    assert out.exists()
