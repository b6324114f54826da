import numpy as np
import pandas as pd
import pytest

from modgap.artifacts.about import convergence


def run(model, change, recall=0.0):
    """A run whose loss, at 1 before the last tenth, changes there by `change`."""
    step = np.arange(101)
    late = step >= 90
    return pd.DataFrame(
        {"model": model, "step": step, "loss": 1 + late * change, "recall": late * recall, "rmg": 1}
    )


def test_each_experiment_has_its_share_and_its_largest_change():
    runs = [run("a", 0.005), run("b", -0.2), run("c", 0.001, recall=0.3)]
    models = pd.DataFrame({"model": ["a", "b", "c"], "experiment": ["one", "one", "two"]})
    table = convergence.numbers(pd.concat(runs), models).set_index("experiment")
    assert table.loc["one", "converged"] == 0.5
    assert table.loc["one", "loss"] == pytest.approx(-0.2)
    assert table.loc["one", "recall"] == 0
    assert table.loc["two", ["models", "steps", "converged"]].tolist() == [1, 100, 0]
    assert table.loc["two", "recall"] == pytest.approx(0.3)
    assert set(table.reset_index().columns) == set(convergence.headings())


def test_a_history_without_recall_leaves_its_cell_empty():
    models = pd.DataFrame({"model": ["a"], "experiment": ["one"]})
    table = convergence.numbers(run("a", 0.0).drop(columns="recall"), models)
    assert table["recall"].isna().all()
    assert table["converged"].tolist() == [0]
