"""Tables 1 and 2, the temperature sweep and the initialisations."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check, lines
from scipy import stats

from modgap.artifacts.mind_the_gap import (
    initialisation,
    table1,
    table2,
    table2_published,
    temperature_sweep,
)
from modgap.artifacts.write_table import write_table
from modgap.claims.confusion import read_confusion
from modgap.claims.reference import read_reference_values
from modgap.errors import InputError

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture(scope="module")
def reference():
    return read_reference_values(CONFIG / "reference_values.tsv")


def shifts(values, dataset="cifar10", metric="accuracy"):
    """A look of three shifts; `values`: part → value at −1, 0, 1."""
    rows = []
    for part, curve in values.items():
        for shift, gap, value in zip((-1.0, 0.0, 1.0), (1.2, 0.8, 0.3), curve, strict=True):
            change = value - curve[1]
            rows.append((part, shift, gap, metric, value, change, 0.01 * abs(shift), 100))
    names = ["part", "shift", "gap", "metric", "value", "difference", "error", "n"]
    frame = pd.DataFrame(rows, columns=names)
    frame.insert(0, "direction", "own")
    frame.insert(0, "dataset", dataset)
    frame.insert(0, "model", "m")
    return frame


def test_table1_judges_on_the_second_half_what_the_first_half_chose(reference, tmp_path):
    look = shifts({"all": (0.6, 0.5, 0.58), "first": (0.5, 0.5, 0.7), "second": (0.7, 0.5, 0.46)})
    numbers = table1.numbers(look, reference)
    row = numbers.iloc[0]
    assert (row["default"], row["best"], row["best_direction"]) == (0.5, 0.6, "larger")
    assert (row["half_shifted"], row["half_shift"], row["half_direction"]) == (0.46, 1, "smaller")
    assert row["difference"] == pytest.approx(-0.04)
    assert row["high"] == pytest.approx(-0.04 + 0.01 * stats.norm.ppf(0.975))
    assert (row["paper_default"], row["paper_best"]) == (0.9013, 0.9081)
    write_table(numbers, table1.headings(), *(tmp_path / f"t.{x}" for x in ("csv", "md", "tex")))


def test_table1_prefers_no_shift_to_an_equally_good_one(reference):
    parts = dict.fromkeys(("all", "first", "second"), (0.5, 0.5, 0.5))
    row = table1.numbers(shifts(parts), reference).iloc[0]
    assert (row["best_shift"], row["best_direction"]) == (0, "default")


def test_table1_has_areas_beside_published_areas(reference):
    parts = dict.fromkeys(("all", "first", "second"), (0.6, 0.5, 0.58))
    look = shifts(parts, "hatefulmemes", "roc_auc")
    row = table1.numbers(look, reference).iloc[0]
    assert (row["paper_default"], row["paper_best"]) == (0.58, 0.5811)


def rates(lost=8, gained=1):
    rows = []
    for shift in (0.0, -0.2):
        for group, count in (("a", 20), ("b", 10), ("all", 30)):
            moved = shift != 0
            change = (lost, gained) if group == "a" else (2, 0)
            now = count - moved * (change[0] - change[1])
            rows.append((shift, 0.8 - shift, group, "any", now, 100))
            rows[-1] += change if moved else (0, 0)
    names = ["shift", "gap", "group", "outcome", "count", "n", "lost", "gained"]
    frame = pd.DataFrame(rows, columns=names)
    frame.insert(0, "direction", "own")
    frame.insert(0, "dataset", "faces")
    frame.insert(0, "model", "m")
    return frame


def test_table2_tests_the_decrease_in_each_group_and_in_all_of_them(tmp_path):
    numbers = table2.numbers(rates())
    p = numbers.set_index(["shift", "group"])["p"]
    # 8 of 9 changes are decreases: 1 − P(X ≤ 7), X ~ B(9, 1/2).
    assert p[-0.2, "a"] == pytest.approx(10 / 512)
    assert p[-0.2, "b"] == pytest.approx(1 / 4)
    assert p[-0.2, "every group"] == pytest.approx(1 / 4)
    assert p[0.0].isna().all()
    row = numbers[(numbers["group"] == "a") & (numbers["shift"] == 0)].iloc[0]
    assert row["rate"] == pytest.approx(0.2)
    assert row["low"] < 0.2 < row["high"]
    write_table(numbers, table2.headings(), *(tmp_path / f"t.{x}" for x in ("csv", "md", "tex")))


def test_table2_without_a_change_finds_no_decrease():
    numbers = table2.numbers(rates(lost=0, gained=0))
    assert numbers[(numbers["group"] == "every group")]["p"].tolist() == [1.0]


def test_table2_from_printed_counts_agrees_with_the_paper_but_for_one_group(reference, tmp_path):
    confusion = read_confusion(CONFIG / "fairface_confusion.tsv")
    numbers = table2_published.numbers(confusion, reference)
    stated = numbers.dropna(subset=["paper_value"])
    assert len(stated) == 56
    differ = stated[(100 * stated["rate"]).round(1) != (100 * stated["paper_value"]).round(1)]
    assert set(differ["group"]) == {"East Asian"}
    assert differ["gap"].unique().tolist() == ["0.82"]
    write_table(
        numbers, table2_published.headings(), *(tmp_path / f"t.{x}" for x in ("csv", "md", "tex"))
    )


def sweep():
    models, metrics = [], []
    for temperature in (1.0, 1 / 50, 0.01):
        for learnt in (True, False):
            for seed in range(3):
                name = f"t{temperature:.2f}{learnt}{seed}"
                models.append((name, temperature, learnt, seed))
                for metric, modality, value in (
                    ("l2m", "both", 0.5 - 0.1 * np.log10(temperature) + 0.01 * seed),
                    ("recall@1", "image_to_text", 0.2),
                    ("recall@1", "text_to_image", 0.3),
                    ("rmg", "both", 0.5),
                ):
                    metrics.append((name, "mad", metric, modality, value))
    columns = ["model", "initial_temperature", "learnable_temperature", "seed"]
    return (
        pd.DataFrame(metrics, columns=["model", "dataset", "metric", "modality", "value"]),
        pd.DataFrame(models, columns=columns),
    )


def test_temperatures_are_summed_up_over_seeds_and_stand_beside_the_papers(reference):
    numbers = temperature_sweep.numbers(*sweep(), reference)
    assert set(numbers["metric"]) == {"l2m", "recall@1"}
    cold = numbers[np.isclose(numbers["initial_temperature"], 0.01) & (numbers["metric"] == "l2m")]
    learnt = cold[cold["learnable_temperature"]]
    assert learnt["mean"].unique().tolist() == pytest.approx([0.71])
    assert learnt["n"].unique().tolist() == [3]
    assert learnt["paper_value"].unique().tolist() == [1.0006]
    assert cold.loc[~cold["learnable_temperature"], "paper_value"].isna().all()
    recall = numbers[numbers["learnable_temperature"] & (numbers["metric"] == "recall@1")]
    hot = recall[recall["initial_temperature"] == 1].drop_duplicates("modality")
    assert hot.set_index("modality")["paper_value"].to_dict() == {
        "image_to_text": 0.0170,
        "text_to_image": 0.0214,
    }
    figure = temperature_sweep.draw(numbers)
    check(figure)
    (line,) = lines(figure.axes[0], "learnt, started at τ (n = 3 seeds)")
    assert sorted(line[0]) == pytest.approx([1, 50, 100])


def test_a_sweep_of_other_models_is_refused(reference):
    metrics, models = sweep()
    with pytest.raises(InputError, match="no model of the model table has a gap"):
        temperature_sweep.numbers(metrics.assign(model="x"), models, reference)
    with pytest.raises(InputError, match="no column learnable_temperature"):
        temperature_sweep.numbers(metrics, models.drop(columns="learnable_temperature"), reference)


def histories(seeds=5):
    rows, models = [], []
    for kind, start in (("random", 1.2), ("procrustes", 0.1)):
        for seed in range(seeds):
            name = f"{kind}-{seed}"
            models.append((name, kind, seed))
            rows += [(name, 0, start), (name, 5, np.nan), (name, 9, start + 0.1 * seed)]
    return (
        pd.DataFrame(rows, columns=["model", "step", "l2m"]),
        pd.DataFrame(models, columns=["model", "initialisation", "seed"]),
    )


def test_initialisations_have_start_end_and_change(reference):
    numbers = initialisation.numbers(*histories(), reference).set_index(
        ["initialisation", "moment"]
    )
    random = numbers.loc["random"]
    assert random.loc["start", ["mean", "paper_value"]].tolist() == pytest.approx([1.2, 1.1891])
    assert random.loc["end", "mean"] == pytest.approx(1.4)
    change = random.loc["change"]
    values = 0.1 * np.arange(5)
    half = stats.t.ppf(0.975, 4) * values.std(ddof=1) / 5**0.5
    assert change["low"] == pytest.approx(0.2 - half)
    assert change["n"] == 5
    assert numbers.loc[("procrustes", "end"), "paper_value"] == 0.7457


def test_models_probed_once_are_refused(reference):
    rows, models = histories()
    with pytest.raises(InputError, match=r"\['random-0'\] was probed less than twice"):
        initialisation.numbers(
            rows[~((rows["model"] == "random-0") & (rows["step"] == 9))], models, reference
        )
