import pytest
from helpers.tiny_embeddings import tiny_pair

from modgap.measure.closers import compare_closers
from modgap.measure.looks.closers import look
from modgap.metrics.interventions import CLOSERS


def test_the_look_is_every_closer_on_the_half_that_it_was_not_fitted_on():
    pair = tiny_pair(60, offset=3)
    table = look(*pair, seed=4)
    assert list(table.columns[:3]) == ["model", "dataset", "closer"]
    assert list(table["closer"].unique()) == ["none", *CLOSERS]
    assert set(table["model"]) == {"tiny"}
    assert table.loc[table["metric"] == "l2m", "n"].max() == 30
    expected = compare_closers(*pair, seed=4, resamples=50)
    assert table["value"].to_numpy() == pytest.approx(expected["value"].to_numpy(), nan_ok=True)
