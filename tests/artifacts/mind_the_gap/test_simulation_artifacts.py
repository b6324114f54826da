"""Figures and tables of simulations beside what the paper states."""

from pathlib import Path

import pytest
from helpers.figure_checks import check, lines

from modgap.artifacts.mind_the_gap import fig2b, fig3e, theorem1, theorem2
from modgap.artifacts.write_table import write_table
from modgap.claims.reference import read_reference_values
from modgap.simulate import depth, sphere
from modgap.simulate import theorem1 as first
from modgap.simulate import theorem2 as second

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture(scope="module")
def reference():
    return read_reference_values(CONFIG / "reference_values.tsv")


@pytest.fixture(scope="module")
def cones(reference):
    networks = depth.simulate(0, ["linear", "relu", "maxout"], repeats=60)
    return fig2b.numbers(networks, reference)


def test_fig2b_has_the_printed_draw_near_the_mean(cones):
    stated = cones.dropna(subset=["paper_value"])
    relu = stated[(stated["activation"] == "relu") & (stated["bias"] == "normal")]
    assert len(relu) == 16
    assert (relu["mean_cosine"] - relu["paper_value"]).abs().max() < 0.03
    assert ((cones["low"] <= cones["mean_cosine"]) & (cones["mean_cosine"] <= cones["high"])).all()


def test_fig2b_draws_a_panel_per_bias_with_the_recursion(cones):
    figure = fig2b.draw(cones)
    check(figure)
    assert [ax.get_title() for ax in figure.axes] == [
        "bias N(0, 1/width)",
        "PyTorch's default bias",
        "no bias",
    ]
    (recursion,) = lines(figure.axes[2], "relu, exact recursion")
    assert recursion[1] == pytest.approx(depth.relu_recursion("none"))


def test_fig3e_stands_beside_the_exact_values(reference):
    numbers = fig3e.numbers(sphere.simulate(0), reference)
    places = numbers.dropna(subset=["stated_position"])
    losses = numbers.dropna(subset=["stated_loss"])
    assert len(places) >= 18
    assert (places["position"] - places["stated_position"]).abs().max() < 1e-4
    assert (losses["loss"] - losses["stated_loss"]).abs().max() < 6e-5
    assert places["minimum"].all()
    figure = fig3e.draw(numbers)
    check(figure)
    titles = [ax.get_title() for ax in figure.axes]
    assert len(titles) == 5
    assert "nine pairs, as run: two labels equal" in titles


@pytest.mark.parametrize(
    ("module", "table"),
    [
        (theorem1, first.simulate(0, widths=(8, 32), pairs=50)),
        (theorem2, second.simulate(0, ["relu"], width=16, inputs=8, depths=(1, 2), repeats=3)),
    ],
)
def test_the_theorems_are_tables(module, table, tmp_path):
    numbers = module.numbers(table)
    assert len(numbers) == len(table)
    files = [tmp_path / f"t.{kind}" for kind in ("csv", "md", "tex")]
    write_table(numbers, module.headings(), *files)
    assert all(path.stat().st_size for path in files)


def test_theorem1_has_first_what_the_theorem_speaks_of():
    sides = theorem1.numbers(first.simulate(0, widths=(8, 32), pairs=50))["side"].tolist()
    assert sides == sorted(sides, reverse=True)
