import numpy as np
import pandas as pd
from helpers.synthetic_results import metric_row, model_row

from modgap.artifacts.about.theory import headings, numbers


def table(**models):
    metrics = pd.DataFrame(
        [
            metric_row("a", "l2m", 0.5),
            metric_row("a", "subspace_angle", 1.2),
            metric_row("a", "gap_cosine", 0.05),
            metric_row("a", "margin", -0.1),
            metric_row("a", "margin:one_percent", 0.2),
            metric_row("a", "linear_separability", 0.9),
            metric_row("a", "moad", 0.7, "image"),
            metric_row("b", "l2m", 0.4),
        ]
    )
    rows = [model_row("a", seed=1), model_row("b", seed=2)]
    return numbers(metrics, pd.DataFrame(rows).assign(**models)).set_index("model")


def test_each_model_has_its_metrics_by_the_name_of_a_column():
    made = table(loss=["sigmoid", "clip"])
    assert [made.index.name, *made.columns] == [*headings()]
    row = made.loc["a"]
    assert (row["loss"], row["seed"], row["l2m"], row["subspace_angle"]) == ("sigmoid", 1, 0.5, 1.2)
    assert row["gap_cosine"] == 0.05
    assert (row["margin"], row["margin_one_percent"], row["separability"]) == (-0.1, 0.2, 0.9)
    assert np.isnan(row["rmg"])
    assert np.isnan(made.loc["b", "subspace_angle"])


def test_models_that_were_not_trained_here_have_no_loss():
    assert table()["loss"].isna().all()
