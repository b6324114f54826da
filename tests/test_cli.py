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


@pytest.mark.parametrize(
    "option", [("--seed", "-1"), ("--seed", "x"), ("--resamples", "0"), ("--at-most", "0")]
)
def test_numbers_out_of_range_are_refused_by_option(clouds, option, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["measure", *clouds, *option])
    assert caught.value.code == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith(f"modgap measure: error: argument {option[0]}: '{option[1]}'")


def test_what_is_merged_or_converted_is_a_line_on_standard_error(tmp_path, capsys):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(30, 4)).astype(np.float32)
    np.save(tmp_path / "both.npy", np.stack([images, images[np.arange(30) // 3]]))
    assert main(["measure", str(tmp_path / "both.npy"), "--resamples", "5"]) == 0
    run = capsys.readouterr()
    lines = run.err.splitlines()
    note = f"note: {tmp_path / 'both.npy'}: shape (2, 30, 4), of which [0] is taken as the images"
    assert note in lines
    for start in ("note: texts: 10 of 30 are different", "warning: texts: 30 items have only 10"):
        assert any(line.startswith(start) for line in lines)
    assert all(line.startswith(("note: ", "warning: ")) for line in lines)
    assert "note" not in run.out


def test_a_sample_can_be_measured(clouds, capsys):
    assert main(["measure", *clouds, "--at-most", "10", "--resamples", "5"]) == 0
    run = capsys.readouterr()
    assert "warning: measured on 10 of 25 images, drawn with seed 0" in run.err
    row = next(line.split() for line in run.out.splitlines() if " rmg " in f" {line} ")
    assert row[-1] == "10"


@pytest.mark.parametrize("command", [["measure"], ["compare"], ["close", "--method", "centre"]])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    clouds, tmp_path, command, capsys
):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.csv" / "kept").touch()
    for out in (tmp_path / "folder.csv", Path(clouds[0]) / "table.csv"):
        assert main([*command, *clouds, "--out", str(out)]) == 1
        run = capsys.readouterr()
        (line,) = run.err.splitlines()
        assert line.startswith(f"error: {out}: ")
        assert not run.out


def test_files_that_are_read_are_not_written_over(clouds, tmp_path, capsys):
    before = Path(clouds[0]).read_bytes()
    means = str(tmp_path / "closed" / "means.parquet")
    settings = ["--method", "centre", "--resamples", "5"]
    assert main(["close", *clouds, *settings, "--out", str(tmp_path / "closed")]) == 0
    (tmp_path / "link.npy").symlink_to(clouds[0])
    for out in (clouds[0], str(tmp_path / "link.npy"), means):
        assert main(["close", clouds[0], "--with", means, "--modality", "image", "--out", out]) == 1
        assert "is read and would be written over" in capsys.readouterr().err
    assert Path(clouds[0]).read_bytes() == before


def test_one_item_is_no_cloud(clouds, capsys):
    assert main(["measure", *clouds, "--at-most", "1"]) == 1
    assert "error: 1 image, expected at least 2" in capsys.readouterr().err


@pytest.mark.parametrize("amount", ["nan", "inf"])
def test_an_amount_is_a_number(clouds, tmp_path, amount, capsys):
    command = ["close", *clouds, "--method", "centre", "--amount", amount]
    assert main([*command, "--out", str(tmp_path / "closed")]) == 1
    assert f"error: amount {amount}, expected a number" in capsys.readouterr().err
