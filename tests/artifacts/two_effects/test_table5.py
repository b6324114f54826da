import pandas as pd
import pytest

from modgap.artifacts.two_effects import table5
from modgap.errors import InputError


def ideal_words(models=("a", "b")):
    # The other way round than the table wants them.
    rows = [
        (model, dataset, variant, 0.2 + 0.1 * i, 0.5, 0.01 * place)
        for i, model in enumerate(models)
        for dataset in ("ut-zappos", "mit-states")
        for place, variant in enumerate(reversed(table5.VARIANTS))
    ]
    columns = ["model", "dataset", "variant"]
    return pd.DataFrame(
        rows, columns=[*columns, "attribute_accuracy", "object_accuracy", "mean_cosine"]
    )


def test_five_rows_per_data_set_and_model_in_the_papers_order():
    table = table5.numbers(ideal_words(models=("b", "a")))
    assert table["dataset"].tolist() == ["mit-states"] * 10 + ["ut-zappos"] * 10
    assert table["model"].tolist() == ["a"] * 5 + ["b"] * 5 + ["a"] * 5 + ["b"] * 5
    assert (
        table["words"].tolist()
        == [
            "real words",
            "ideal words",
            "ideal words − u0",
            "ideal words + mean gap vector",
            "ideal words − u0 + mean gap vector",
        ]
        * 4
    )
    assert table["mean_cosine"].head(5).tolist() == pytest.approx([0.04, 0.03, 0.02, 0.01, 0.0])


def test_accuracies_come_in_per_cent_each_models_own():
    table = table5.numbers(ideal_words())
    assert table["attribute_accuracy"].tolist() == pytest.approx(([20] * 5 + [30] * 5) * 2)
    assert table["object_accuracy"].tolist() == pytest.approx([50] * 20)
    assert set(table5.headings()) <= set(table.columns)


def test_an_unknown_variant_is_named():
    with pytest.raises(InputError, match=r"unknown variant \['minus'\]"):
        table5.numbers(ideal_words().replace("minus_u0", "minus"))
