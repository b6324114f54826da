"""What measures respond to, on made-up rows whose answer is known and on a small simulation."""

import numpy as np
import pandas as pd
import pytest

from modgap.artifacts.about import causes, measures
from modgap.artifacts.write_table import write_table
from modgap.simulate.two_clouds import CAUSES, simulate

LEVELS = (0.0, 0.5, 1.0)


def made(slopes, repeats=8, seed=0):
    """Rows of one measure that rises by the slope of its cause, with noise of a repeat's own."""
    rng = np.random.default_rng(seed)
    rows = []
    for repeat in range(repeats):
        common = rng.normal()
        for cause, slope in slopes.items():
            for level in LEVELS:
                value = common + slope * level + 0.01 * rng.normal()
                rows.append(("cause", cause, level, 400, repeat, "m", value))
    for n, bias in ((100, 0.5), (1000, 0.1), (10000, 0.0)):
        for repeat in range(200):
            value = 3 + bias + rng.normal()
            bounds = (value - 1.96, value + 1.96) if n < 10000 else (np.nan, np.nan)
            rows.append(("size", "shift", 0.5, n, repeat, "m", value, *bounds))
    columns = ["part", "cause", "level", "n", "repeat", "measure", "value", "low", "high"]
    return pd.DataFrame([(*row, np.nan, np.nan)[:9] for row in rows], columns=columns)


def test_rising_falling_and_blind():
    slopes = dict.fromkeys(CAUSES, 0.0) | {"shift": 1.0, "spread": -2.0}
    row = measures.numbers(made(slopes)).iloc[0]
    assert row["shift"] == 1
    assert row["spread"] == -1
    assert (row[["rotation", "subspace", "mismatch", "low_rank"]] == 0).all()


def test_bias_and_coverage():
    row = measures.numbers(made(dict.fromkeys(CAUSES, 0.0))).iloc[0]
    assert row["bias_100"] == pytest.approx(0.5, abs=0.25)
    assert row["bias_1000"] == pytest.approx(0.1, abs=0.25)
    # 95 % of intervals of the right width, fewer where values are biased.
    assert 0.85 < row["coverage_100"] < 0.98
    assert 0.88 < row["coverage_1000"] <= 1


def test_causes_are_told_apart_by_their_measure_alone():
    table = made({"shift": 0.0, "spread": 0.1, "mismatch": 20.0})
    told = causes.numbers(table).set_index(["cause", "other"])
    assert told.loc[("shift", "mismatch"), "auc"] == 1
    assert told.loc[("shift", "mismatch"), "measures"] == 1
    assert told.loc[("shift", "spread"), "auc"] < 0.8
    assert told.loc[("shift", "spread"), "measures"] == 0
    assert len(told) == 3


def test_small_simulation_says_what_the_definitions_say(tmp_path):
    simulation = simulate(0, pairs=120, repeats=6, levels=(0, 0.5, 1), sizes={100: 4, 200: 2})
    table = measures.numbers(simulation).set_index("measure")
    # L2M and the Fréchet distance know nothing of pairs; RMG responds to every cause there is.
    assert table.loc["l2m", "mismatch"] == table.loc["frechet_distance", "mismatch"] == 0
    assert (table.loc["rmg", list(CAUSES)] > 0.9).all()
    assert (table.loc["recall@1", ["mismatch", "rotation"]] < -0.9).all()
    told = causes.numbers(simulation)
    assert len(told) == 15
    assert (told["auc"] >= 0.95).all()
    for module, frame in ((measures, table.reset_index()), (causes, told)):
        paths = [tmp_path / f"table.{suffix}" for suffix in ("csv", "md", "tex")]
        write_table(frame, module.headings(), *paths)
        assert len(paths[1].read_text(encoding="utf-8").splitlines()) >= len(frame) + 2
