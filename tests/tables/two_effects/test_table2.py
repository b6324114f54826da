import pandas as pd

from modgap.tables.two_effects import table2


def row(metric, value, **keys):
    named = {"source": "two_effects", "artifact": "table2", "metric": metric, "value": value}
    return {**named, "relation": "=", "status": "review", "note": "", **keys}


REFERENCE = pd.DataFrame(
    [
        row("kendall_distance_lowest", 0.34),
        row("kendall_distance_highest", 0.51),
        row("kendall_distance", 0.9, variant="correct"),
        row("kendall_distance_lowest", 0.01, source="another"),
    ]
)
NEIGHBOURS = pd.DataFrame(
    {
        "model": ["b", "a"],
        "dataset": "cifar10",
        "classes": 10,
        "correct": [0.2, 0.3],
        "as_published": [0.4, 0.5],
        "chance": 0.4,
    }
)


def test_rows_are_sorted_and_carry_the_papers_range():
    table = table2.build(NEIGHBOURS, REFERENCE)
    assert table["model"].tolist() == ["a", "b"]
    assert table["correct"].tolist() == [0.3, 0.2]
    assert set(table["paper_lowest"]) == {0.34}
    assert set(table["paper_highest"]) == {0.51}
    assert set(table2.HEADINGS) <= set(table.columns)


def test_an_unknown_range_stays_empty():
    table = table2.build(NEIGHBOURS, REFERENCE.iloc[2:])
    assert table["paper_lowest"].isna().all()
