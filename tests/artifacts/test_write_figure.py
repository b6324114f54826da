import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from modgap.artifacts.write_figure import write_figure
from modgap.plots.scatter import scatter_grid
from modgap.plots.theme import new_figure, styled

NUMBERS = pd.DataFrame({"x": [0.1, 1 / 3]})


def scattered():
    rng = np.random.default_rng(0)
    names = {"x_name": "RMG", "y_name": "score", "group": "large", "near_chance": False}
    return scatter_grid(pd.DataFrame(rng.normal(size=(30, 2)), columns=["x", "y"]).assign(**names))


@styled
def simple(top=1.0):
    figure, axes = new_figure(1, 1, 2, 2)
    axes[0, 0].plot([0, 1], [0, top])
    axes[0, 0].set_xlabel("x [m]")
    return figure


def paths(folder):
    return [folder / f"fig.{suffix}" for suffix in ("pdf", "png", "csv")]


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    first, second = paths(tmp_path / "a"), paths(tmp_path / "b")
    write_figure(simple(), NUMBERS, *first)
    write_figure(simple(), NUMBERS, *second)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert first[0].read_bytes().startswith(b"%PDF")
    assert b"CreationDate" not in first[0].read_bytes()  # two quick writings would share it
    assert first[1].read_bytes().startswith(b"\x89PNG")


def test_seaborns_grids_and_robust_lines_give_the_same_bytes_too(tmp_path):
    first, second = paths(tmp_path / "a"), paths(tmp_path / "b")
    write_figure(scattered(), NUMBERS, *first)
    sns.set_theme("poster", "darkgrid")  # whatever a user has set
    write_figure(scattered(), NUMBERS, *second)
    sns.reset_defaults()
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert b"/FontFile2" in first[0].read_bytes()  # TrueType: text stays text


def test_another_figure_gives_other_bytes(tmp_path):
    first, second = paths(tmp_path / "a"), paths(tmp_path / "b")
    write_figure(simple(), NUMBERS, *first)
    write_figure(simple(top=2.0), NUMBERS, *second)
    assert first[1].read_bytes() != second[1].read_bytes()


def test_csv_keeps_every_digit(tmp_path):
    pdf, png, csv = paths(tmp_path)
    write_figure(simple(), NUMBERS, pdf, png, csv)
    pd.testing.assert_frame_equal(pd.read_csv(csv), NUMBERS, check_exact=True)


def test_no_part_of_a_file_stays_when_writing_fails(tmp_path, monkeypatch):
    pdf, png, csv = paths(tmp_path)
    figure = simple()
    monkeypatch.setattr(figure, "savefig", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_figure(figure, NUMBERS, pdf, png, csv)
    assert list(tmp_path.iterdir()) == []
