import numpy as np
import pandas as pd
import pytest

from modgap.claims.difference import compare_results
from modgap.errors import InputError
from modgap.formats.tables import write_frame

METRICS = pd.DataFrame(
    {
        "model": ["a", "a", "a"],
        "metric": ["rmg", "l2m", "recall@1"],
        "value": [0.3, 0.8, 0.5],
        "low": [0.2, 0.7, np.nan],
        "high": [0.4, 0.9, np.nan],
        "n": [10, 10, 10],
    }
)


def save(folder, metrics=METRICS, figure=None):
    write_frame(folder / "metrics/a/x.parquet", metrics, {})
    figure = pd.DataFrame({"name": ["u", "v"], "y": [1.0, 2.0]}) if figure is None else figure
    (folder / "source").mkdir(parents=True)
    figure.to_csv(folder / "source/fig1.csv", index=False)
    return folder


def test_a_folder_equals_itself_and_the_order_of_rows_does_not_count(tmp_path):
    before = save(tmp_path / "a")
    after = save(tmp_path / "b", METRICS.iloc[::-1])
    assert compare_results(before, before).empty
    assert compare_results(before, after).empty


@pytest.mark.parametrize("column", ["cpu_seconds", "training_time", "seed"])
def test_what_a_row_took_is_no_result(tmp_path, column):
    before, after = (
        save(tmp_path / name, figure=pd.DataFrame({"name": ["u"], "y": [1.0], column: [took]}))
        for name, took in (("a", 1.5), ("b", 2.5))
    )
    assert compare_results(before, after).empty


def test_each_number_that_differs_is_named_with_how_far(tmp_path):
    before = save(tmp_path / "a")
    values = METRICS.assign(value=[0.35, 0.95, 0.5 + 1e-9])
    after = save(tmp_path / "b", values, pd.DataFrame({"name": ["u", "v"], "y": [1.0, 2.1]}))
    moved = compare_results(before, after).set_index("row")
    assert moved.loc["a, rmg, 10", "change"] == "within"
    assert moved.loc["a, l2m, 10", "change"] == "moved"
    assert moved.loc["a, recall@1, 10", "change"] == "within"
    assert moved.loc["v", ["table", "column", "before", "after", "change"]].tolist() == [
        "source/fig1.csv",
        "y",
        2.0,
        2.1,
        "moved",
    ]
    assert len(moved) == 4


def test_what_one_folder_lacks_is_named(tmp_path):
    before = save(tmp_path / "a")
    figure = pd.DataFrame({"name": ["u", "w"], "z": [1.0, 2.0]})
    after = save(tmp_path / "b", METRICS.iloc[:2], figure)
    (after / "source/fig2.csv").write_text("x\n1.0\n")
    changes = compare_results(before, after)
    lacking = set(map(tuple, changes[["table", "row", "column", "change"]].fillna("").to_numpy()))
    assert lacking == {
        ("metrics/a/x.parquet", "a, recall@1, 10", "", "only before"),
        ("source/fig1.csv", "", "y", "only before"),
        ("source/fig1.csv", "", "z", "only after"),
        ("source/fig1.csv", "v", "", "only before"),
        ("source/fig1.csv", "w", "", "only after"),
        ("source/fig2.csv", "", "", "only after"),
    }


def test_folders_that_are_no_results_are_refused(tmp_path):
    before = save(tmp_path / "a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty: no results; expected"):
        compare_results(before, tmp_path / "empty")
    (tmp_path / "c/other").mkdir(parents=True)
    (tmp_path / "c/other/fig9.csv").write_text("x\n1.0\n")
    with pytest.raises(InputError, match="no table in common"):
        compare_results(before, tmp_path / "c")


def test_studies_of_different_data_are_refused(tmp_path):
    before = save(tmp_path / "a")
    more = save(tmp_path / "b", METRICS.assign(n=20))
    with pytest.raises(InputError, match=r"metrics/a/x.parquet: n of rmg is 10 and 20: of diff"):
        compare_results(before, more)
    other = save(tmp_path / "c", METRICS.assign(split="train"))
    same = save(tmp_path / "d", METRICS.assign(split="test"))
    with pytest.raises(InputError, match=r"x.parquet: no row in common by model, split, metric"):
        compare_results(same, other)
    # One metric on fewer rows is a change of the study, not other data.
    fewer = save(tmp_path / "e", METRICS.assign(n=[10, 10, 5]))
    assert "only after" in set(compare_results(before, fewer)["change"])


def test_a_study_in_a_folder_of_another_is_none_of_its_tables(tmp_path):
    before, after = save(tmp_path / "a"), save(tmp_path / "b")
    (after / "smoke").mkdir()
    (after / "smoke" / "study.yaml").write_text("study: smoke")
    (after / "smoke" / "versions.csv").write_text("name,version\nnumpy,2\n")
    assert compare_results(before, after).empty


def test_rows_that_nothing_names_go_by_their_number(tmp_path):
    for name, gaps in (("a", [0.1, 0.3]), ("b", [0.2, 0.3])):
        save(tmp_path / name, figure=pd.DataFrame({"width": [1.5, 2.5], "gap": gaps}))
    moved = compare_results(tmp_path / "a", tmp_path / "b")
    assert moved[["row", "column", "before", "after"]].values.tolist() == [
        ["row 0", "gap", 0.1, 0.2]
    ]
