import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.tables.two_effects import table5


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


def test_five_rows_per_data_set_in_the_papers_order():
    table = table5.build(ideal_words())
    assert table["dataset"].tolist() == ["mit-states"] * 5 + ["ut-zappos"] * 5
    assert (
        table["words"].tolist()
        == [
            "real words",
            "ideal words",
            "ideal words − u0",
            "ideal words + mean gap vector",
            "ideal words − u0 + mean gap vector",
        ]
        * 2
    )
    assert table["mean_cosine"].head(5).tolist() == pytest.approx([0.04, 0.03, 0.02, 0.01, 0.0])


def test_accuracies_are_means_over_models_in_per_cent():
    table = table5.build(ideal_words())
    assert table["attribute_accuracy"].tolist() == pytest.approx([25] * 10)
    assert table["object_accuracy"].tolist() == pytest.approx([50] * 10)
    assert set(table["models"]) == {2}
    assert table["object_accuracy_low"].tolist() == pytest.approx([50] * 10)
    assert set(table5.HEADINGS) <= set(table.columns)


def test_one_model_has_no_interval():
    table = table5.build(ideal_words(models=("a",)))
    assert table["attribute_accuracy_low"].isna().all()
    assert set(table["models"]) == {1}


def test_an_unknown_variant_is_named():
    with pytest.raises(InputError, match=r"unknown variant \['minus'\]"):
        table5.build(ideal_words().replace("minus_u0", "minus"))
