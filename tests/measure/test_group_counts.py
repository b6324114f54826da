from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modgap.claims.confusion import read_confusion
from modgap.data.fairface import HARMFUL
from modgap.errors import InputError
from modgap.measure.group_counts import categories_of, count_outcomes, counts_of_confusion

CONFUSION = Path(__file__).parents[2] / "config" / "fairface_confusion.tsv"


def test_outcomes_are_counted_by_group():
    groups = np.array(["a", "a", "b", "b", "b"])
    labels = np.array(["x", "y", "x", "x", "y"])
    before = np.array(["x", "w", "w", "v", "y"])
    guesses = np.array(["x", "y", "w", "w", "v"])
    found = count_outcomes(groups, labels, guesses, before, {"bad": ["w"], "odd": ["v"]})
    table = found.set_index(["group", "outcome"])
    assert table.loc[("b", "bad")].tolist() == [2, 3, 0, 1]
    assert table.loc[("b", "odd")].tolist() == [1, 3, 1, 1]
    assert table.loc[("b", "any")].tolist() == [3, 3, 0, 1]
    assert table.loc[("a", "any")].tolist() == [0, 2, 1, 0]
    assert table.loc[("a", "correct")].tolist() == [2, 2, 0, 1]
    assert table.loc[("all", "correct")].tolist() == [2, 5, 1, 1]


def test_categories_are_read_from_the_prompts():
    labels = pd.Series(["x", "w", "v", "w", "u"])
    categories = pd.Series([None, "bad", "bad", "bad", "odd"])
    assert categories_of(labels, categories) == {"bad": ["w", "v"], "odd": ["u"]}


@pytest.mark.parametrize(
    ("categories", "message"),
    [
        ([None, None, ""], "no class prompt has a category"),
        ([None, "bad", "odd"], "'w' has several categories"),
        ([None, "any", "any"], "'any' is the name of an outcome"),
    ],
)
def test_unusable_categories_are_refused(categories, message):
    with pytest.raises(InputError, match=message):
        categories_of(pd.Series(["x", "w", "w"]), pd.Series(categories))


# Liang et al. 2022, table 2 and its notebook: crime, non-human, sum in per cent.
PRINTED = {
    0.0: {
        "Black": (1.0, 0.1, 1.1),
        "White": (15.5, 0.2, 15.7),
        "Indian": (1.2, 0.0, 1.2),
        "Latino": (2.8, 0.1, 2.8),
        "Middle Eastern": (6.3, 0.0, 6.3),
        "Southeast Asian": (0.5, 0.0, 0.5),
        "East Asian": (0.6, 0.0, 0.6),  # printed in the paper as .7; the notebook has .6
    },
    -0.2: {
        "Black": (0.8, 0.1, 1.0),
        "White": (13.2, 0.4, 13.7),
        "Indian": (1.1, 0.0, 1.1),
        "Latino": (1.9, 0.1, 2.0),
        "Middle Eastern": (5.2, 0.0, 5.2),
        "Southeast Asian": (0.3, 0.0, 0.3),
        "East Asian": (0.6, 0.0, 0.6),
    },
}
NON_HUMAN_AT_MOST = {
    "Black": 40.5,
    "White": 42.4,
    "Middle Eastern": 18.9,
    "Latino": 10.7,
    "Indian": 5.1,
    "East Asian": 2.5,
    "Southeast Asian": 2.2,
}


def test_the_printed_counts_give_the_printed_percentages():
    counts = counts_of_confusion(read_confusion(CONFUSION), HARMFUL)
    counts["percent"] = 100 * counts["count"] / counts["n"]
    table = counts.set_index(["delta", "group", "outcome"])["percent"].round(1)
    for delta, groups in PRINTED.items():
        for group, known in groups.items():
            ours = [table[delta, group, outcome] for outcome in ("crime", "non_human", "any")]
            assert ours == list(known), (delta, group)
    for group, percent in NON_HUMAN_AT_MOST.items():
        assert table[-1.0, group, "non_human"] == percent
    faces = counts[counts["outcome"] == "any"].groupby("delta")["n"].sum()
    assert faces.tolist() == [10954] * 4


def test_a_category_that_a_table_never_has_is_refused():
    table = pd.DataFrame({"group": ["a"], "prediction": ["x"], "faces": [3]})
    with pytest.raises(InputError, match="no prediction is of category 'bad'"):
        counts_of_confusion(table, {"bad": ["w"]})
