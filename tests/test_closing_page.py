"""The numbers of docs/closing.md are those that its commands print."""

import re
from pathlib import Path

import pytest
from helpers.public_features import FOLDER, needs_features

from modgap.__main__ import main

PAGE = (Path(__file__).parents[1] / "docs" / "closing.md").read_text(encoding="utf-8")
FILE = str(FOLDER / "features_clip.npy")


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@needs_features
def test_compare_prints_the_table_of_the_page(capsys):
    assert main(["compare", FILE, "--resamples", "10"]) == 0
    printed = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    header = next(line for line in PAGE.splitlines() if line.startswith("| closer |"))
    rows = [cells(line) for line in PAGE.splitlines() if re.match(r"\| \w+ \| \d\.\d{3} \|", line)]
    assert len(rows) == 12
    for name, *values in rows:
        assert values == printed[name], name
    assert len(cells(header)) == len(rows[0])


@needs_features
def test_measure_prints_what_a_normal_cosine_is(capsys):
    assert main(["measure", FILE, "--resamples", "10"]) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    values = {metric: value for metric, _, value, *_ in printed[1:]}
    table = PAGE.partition("| | value |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        for metric, value in zip(
            re.findall(r"`([^`]+)`", line), re.findall(r"\d\.\d{4}", line), strict=False
        ):
            assert values[metric] == value, metric
    assert all(row[2] == "0.0000" for row in printed if row[0] == "mixed_recall@10")


@needs_features
@pytest.mark.parametrize("method", ["centre", "midpoint"])
def test_what_is_said_of_fitting_on_everything(method, tmp_path, capsys):
    words = ["--method", method, "--calibrate", "1", "--out", str(tmp_path / "out")]
    assert main(["close", FILE, *words, "--resamples", "10"]) == 0
    captured = capsys.readouterr()
    assert "judged on the same ones" in captured.err
    sentence = re.search(rf"`{method}`[^`,]*RMG (\S+) and R@1 (\S+) and ([\d.]+\d)", PAGE)
    for metric, value in zip(
        ("rmg +both", "recall@1 +image_to_text", "recall@1 +text_to_image"),
        sentence.groups(),
        strict=True,
    ):
        after = re.findall(r"-?\d\.\d{4}", re.search(f"{metric}.*", captured.out)[0])[3]
        assert f"{float(after):.3f}" == value
