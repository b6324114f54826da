import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modgap.__main__ import main
from modgap.formats.tables import read_table


@pytest.fixture
def clouds(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(25, 4)).astype(np.float32)
    paths = [str(tmp_path / "images.npy"), str(tmp_path / "texts.npy")]
    for path, cloud in zip(paths, (images, images + 1), strict=True):
        np.save(path, cloud)
    return paths


def test_measure_prints_the_table_and_writes_it(clouds, tmp_path, capsys):
    out = tmp_path / "new" / "table.csv"
    assert main(["measure", *clouds, "--out", str(out), "--resamples", "50"]) == 0
    printed = capsys.readouterr().out
    frame = pd.read_csv(out)
    row = frame[frame["metric"] == "rmg"].iloc[0]
    assert f"{row['value']:.4f}" in printed
    assert row["low"] < row["value"] < row["high"]
    parquet = tmp_path / "table.parquet"
    assert main(["measure", *clouds, "--out", str(parquet), "--resamples", "50"]) == 0
    table, metadata = read_table(parquet)
    assert table.column_names == list(frame.columns)
    assert (metadata["seed"], metadata["resamples"]) == (0, 50)


def test_bad_input_is_one_line_and_exit_code_1(clouds, tmp_path, capsys):
    bad = np.ones((25, 4))
    bad[3] = 0
    np.save(tmp_path / "bad.npy", bad)
    assert main(["measure", str(tmp_path / "bad.npy"), clouds[1]]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {tmp_path / 'bad.npy'}: the embedding in row 3 is all zeros")
    assert main(["measure", *clouds, "--out", "table.docx"]) == 1
    assert "expected a name ending in .csv or .parquet" in capsys.readouterr().err


def test_it_runs_as_a_module(clouds):
    package = Path(__file__).parents[1] / "workflow"
    command = [sys.executable, "-m", "modgap", "measure", *clouds, "--resamples", "20"]
    run = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "recall@1" in run.stdout
