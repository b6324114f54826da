"""The paper values of config/reference_values.tsv reach the tables that they belong to."""

from pathlib import Path

import pandas as pd
import pytest
from helpers.synthetic_results import PAPER, pretrained_zoo

from modgap.artifacts.two_effects import table1, table2, table3, table4
from modgap.claims.reference import read_reference_values
from modgap.stats.scores import score_correlations
from modgap.stats.summaries import performance

SCORES = performance(PAPER)


@pytest.fixture(scope="module")
def reference():
    return read_reference_values(Path(__file__).parents[3] / "config" / "reference_values.tsv")


def correlations(**options):
    metrics, models = pretrained_zoo()
    return score_correlations(models, metrics, SCORES, rows=["l2m", "rmg"], resamples=99, **options)


def test_table1_has_both_known_values(reference):
    table = table1.numbers(correlations(groups="group"), reference).dropna(subset="paper_value")
    stated = table.set_index(["score", "group", "factor"])["paper_value"].to_dict()
    assert stated == {
        ("imagenet/zero_shot:object", "medium", "l2m"): -0.008,
        ("imagenet/zero_shot:object", "medium", "rmg"): -0.109,
    }


def test_table2_has_the_papers_range_and_the_stated_chance(reference):
    row = {"model": "m", "correct": 0.3, "as_published": 0.4, "chance": 0.4}
    rows = [row | {"dataset": f"cifar{classes}", "classes": classes} for classes in (10, 100)]
    table = table2.numbers(pd.DataFrame(rows), reference)
    shown = table[["paper_lowest", "paper_highest", "reference_chance"]]
    assert shown.to_numpy().tolist() == [[0.34, 0.51, 0.40], [0.34, 0.51, 0.49]]


def test_table3_has_the_papers_shares_and_numbers_of_models(reference):
    table = table3.numbers(correlations(groups="training_set", only="table3"), reference)
    shares = table.groupby("factor")["paper_value"].unique().map(list).to_dict()
    assert shares == {"l2m": [0.60], "rmg": [0.70]}
    models = table.groupby("group")["paper_models"].unique().map(list).to_dict()
    assert models == {"openai": [9], "laion400m": [7], "laion2b": [14], "webli": [9]}


def test_table4_has_the_papers_number_of_models(reference):
    table = table4.numbers(*pretrained_zoo(), reference, PAPER)
    assert set(table["paper_models"]) == {21}


def test_no_table_of_the_paper_is_forgotten(reference):
    paper = reference[(reference["source"] == "two_effects") & (reference["status"] != "measured")]
    tables = set(paper["artifact"][paper["artifact"].str.startswith("table")])
    assert tables == {"table1", "table2", "table3", "table4"}
