import numpy as np
import pandas as pd
import pytest

from modgap.artifacts.two_effects import table1
from modgap.errors import InputError
from modgap.stats.tables import COLUMNS

STATED = {"source": "two_effects", "artifact": "table1", "metric": "kendall_tau", "note": ""}


def correlations():
    rows = [
        {"group": group, "score": score, "factor": factor}
        for group in ("medium", "large")
        for score in ("recall@1", "zero_shot:digit")
        for factor in ("l2m", "rmg")
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def reference(**keys):
    row = {**STATED, "relation": "=", "value": -0.008, "status": "review", **keys}
    return pd.DataFrame([row, {**row, "artifact": "table9", "value": 1.0}])


def test_a_stated_value_stands_beside_its_row_only():
    stated = reference(dataset="imagenet", group="medium", against="l2m")
    table = table1.numbers(correlations(), stated)
    known = table[table["paper_value"].notna()]
    assert known[["group", "score", "factor"]].to_numpy().tolist() == [
        ["medium", "zero_shot:digit", "l2m"]
    ]
    assert known["paper_value"].item() == -0.008
    assert known["paper_note"].item() == "second-hand (review)"
    assert set(table.loc[table["paper_value"].isna(), "paper_note"]) == {""}
    assert len(table) == 8


def test_a_key_that_a_value_lacks_holds_for_all():
    stated = reference(dataset="coco", group="", against=np.nan)
    table = table1.numbers(correlations(), stated)
    assert set(table.loc[table["paper_value"].notna(), "score"]) == {"recall@1"}
    assert table["paper_value"].notna().sum() == 4


def test_an_unknown_key_is_refused_rather_than_lost():
    with pytest.raises(InputError, match=r"unknown keys \['colour'\]"):
        table1.numbers(correlations(), reference(colour="red"))


def test_a_score_stands_beside_the_values_for_its_own_data_set_only():
    frame = correlations().replace(
        {
            "recall@1": "flickr8k/recall@1:image_to_text",
            "zero_shot:digit": "imagenet/zero_shot:class",
        }
    )
    stated = reference(dataset="imagenet", group="medium", against="l2m")
    known = table1.numbers(frame, stated).dropna(subset="paper_value")
    assert known[["group", "score", "factor"]].to_numpy().tolist() == [
        ["medium", "imagenet/zero_shot:class", "l2m"]
    ]
    coco = reference(dataset="coco")
    assert table1.numbers(frame, coco)["paper_value"].isna().all()
    frame = frame.replace("flickr8k/recall@1:image_to_text", "coco/recall@1:image_to_text")
    assert table1.numbers(frame, coco)["paper_value"].notna().sum() == 4


def test_a_table_without_lines_stays_one():
    table = table1.numbers(correlations().head(0), reference(dataset="coco"))
    assert table.empty
    assert set(table1.headings()) <= set(table.columns)


def test_every_heading_is_a_column():
    table = table1.numbers(correlations(), reference(dataset="coco"))
    assert set(table1.headings()) <= set(table.columns)


def test_published_imagenet_scores_count_as_imagenet():
    frame = correlations().replace("zero_shot:digit", "imagenet_top1")
    table = table1.numbers(frame, reference(dataset="imagenet", group="medium", against="rmg"))
    assert table.loc[table["paper_value"].notna(), "score"].tolist() == ["imagenet_top1"]
