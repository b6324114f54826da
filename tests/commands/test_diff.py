import os

import pandas as pd
import pytest

from modgap.__main__ import main


@pytest.fixture
def folders(tmp_path):
    """Two results folders with one table each, as a study leaves it."""
    made = []
    for name in ("before", "after"):
        folder = tmp_path / name / "two_effects"
        folder.mkdir(parents=True)
        rows = {"model": ["a", "b"], "value": [0.5, 0.7], "low": [0.4, 0.6], "high": [0.6, 0.8]}
        pd.DataFrame(rows).to_csv(folder / "fig1.csv", index=False)
        made.append(folder.parent)
    return made


def change(folder, value):
    path = folder / "two_effects" / "fig1.csv"
    frame = pd.read_csv(path)
    frame.loc[1, "value"] = value
    frame.to_csv(path, index=False)


def diff(folders, *options):
    return main(["diff", *map(str, folders), *options])


def test_the_same_is_nothing(folders, capsys):
    assert diff(folders) == diff(folders, "--exact") == 0
    assert capsys.readouterr().out == ""


def test_a_number_beyond_its_interval_is_shown_and_counts(folders, capsys):
    change(folders[1], 0.9)
    assert diff(folders) == 1
    out = capsys.readouterr().out
    assert "two_effects/fig1.csv: 1" in out
    assert "moved" in out
    assert "0.9" in out


def test_a_number_within_its_interval_counts_only_if_exact(folders, capsys):
    change(folders[1], 0.75)
    assert diff(folders) == 0
    assert "1 numbers differ within their intervals; --exact shows them" in capsys.readouterr().out
    assert diff(folders, "--exact") == 1
    assert "within" in capsys.readouterr().out


def test_a_missing_table_counts(folders, capsys):
    (folders[0] / "two_effects" / "fig2.csv").write_text("model,value\na,0.1\n")
    assert diff(folders) == 1
    assert "only before" in capsys.readouterr().out


def test_a_folder_without_results_is_one_line(folders, tmp_path, capsys):
    assert main(["diff", str(folders[0]), str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_exit_code_is_the_same_though_nobody_reads_what_is_printed(folders, monkeypatch):
    """`modgap diff … | head` closes the pipe."""
    change(folders[1], 2.0)
    read, write = os.pipe()
    os.close(read)
    monkeypatch.setattr("sys.stdout", os.fdopen(write, "w", 1))
    assert diff(folders) == 1
