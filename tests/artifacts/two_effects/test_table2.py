import pandas as pd

from modgap.artifacts.two_effects import table2


def row(metric, value, **keys):
    named = {"source": "two_effects", "artifact": "table2", "metric": metric, "value": value}
    return {**named, "relation": "=", "status": "review", "note": "", **keys}


REFERENCE = pd.DataFrame(
    [
        row("kendall_distance_lowest", 0.34),
        row("kendall_distance_highest", 0.51),
        row("kendall_distance", 0.374, data="CLIP 100 pairs", variant="correct"),
        row("kendall_distance", 0.381, true_distance="0.017", variant="as published"),
        row("kendall_distance", 0.40, classes="10", variant="chance"),
        row("kendall_distance", 0.49, classes="100", variant="chance"),
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
    table = table2.numbers(NEIGHBOURS, REFERENCE)
    assert table["model"].tolist() == ["a", "b"]
    assert table["correct"].tolist() == [0.3, 0.2]
    assert set(table["paper_lowest"]) == {0.34}
    assert set(table["paper_highest"]) == {0.51}
    assert set(table2.headings()) <= set(table.columns)


def test_several_class_sets_stand_one_after_the_other():
    other = NEIGHBOURS.assign(dataset="cifar100", classes=100)
    table = table2.numbers(pd.concat([other, NEIGHBOURS]), REFERENCE)
    assert table["dataset"].tolist() == ["cifar10", "cifar10", "cifar100", "cifar100"]
    assert table["model"].tolist() == ["a", "b"] * 2
    assert table["reference_chance"].tolist() == [0.40, 0.40, 0.49, 0.49]


def test_a_number_of_classes_without_a_stated_chance_has_none():
    table = table2.numbers(NEIGHBOURS.assign(classes=70), REFERENCE)
    assert table["reference_chance"].isna().all()


def test_an_unknown_range_stays_empty():
    table = table2.numbers(NEIGHBOURS, REFERENCE.iloc[2:])
    assert table["paper_lowest"].isna().all()
