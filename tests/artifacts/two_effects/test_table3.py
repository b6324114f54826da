import numpy as np
import pandas as pd
import pytest

from modgap.artifacts.two_effects import table3


def reference():
    shared = {"source": "two_effects", "artifact": "table3", "relation": "=", "status": "paper"}
    rows = [
        {"training_set": "openai", "metric": "models", "value": 9.0},
        {"against": "rmg", "metric": "share_of_negative_tau", "value": 0.7},
        {"against": "l2m", "metric": "share_of_negative_tau", "value": 0.6},
    ]
    return pd.DataFrame([{**shared, "note": "", **row} for row in rows])


def correlations():
    rows = [
        ("openai", "recall@1", "l2m", -0.1),
        ("openai", "recall@1", "rmg", -0.2),
        ("webli", "recall@1", "l2m", 0.3),
        ("webli", "recall@1", "rmg", -0.4),
        ("webli", "recall@1", "parameters", 0.9),
        ("laion2b", "recall@1", "rmg", np.nan),
        ("laion2b", "recall@1", "l2m", 0.0),
    ]
    frame = pd.DataFrame(rows, columns=["group", "score", "factor", "tau"])
    return frame.assign(n=5, near_chance=0, low=-1.0, high=1.0, p=0.5, p_holm=1.0)


def test_share_of_negative_tau_counts_defined_settings_of_one_gap():
    table = table3.numbers(correlations(), reference())
    shares = table.groupby("factor")["negative_share"].unique().map(list).to_dict()
    assert shares == {"l2m": [pytest.approx(1 / 3)], "rmg": [1.0]}
    assert "parameters" not in set(table["factor"])
    assert len(table) == 6


def test_the_papers_share_and_number_of_models_stand_beside_ours():
    table = table3.numbers(correlations(), reference()).set_index(["group", "factor"])
    assert table.loc[("webli", "rmg"), "paper_value"] == 0.7
    assert table.loc[("openai", "l2m"), "paper_value"] == 0.6
    assert table.loc[("openai", "l2m"), "paper_models"] == 9
    assert table.loc["webli", "paper_models"].isna().all()
    assert set(table3.headings()) <= set(table.reset_index().columns)
