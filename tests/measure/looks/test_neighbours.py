import pytest
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.measure.looks import neighbours


def test_the_neighbourhood_test_takes_the_object_classes():
    images, texts = tiny_pair(200, noise=0.01, offset=0.0)
    table = neighbours.look(images, texts, seed=0)
    assert table.columns.tolist() == [
        "model",
        "dataset",
        "classes",
        "correct",
        "as_published",
        "chance",
    ]
    row = table.iloc[0]
    assert (row["classes"], row["chance"]) == (3, pytest.approx(1 / 6))
    assert 0 <= row["correct"] <= 1


def test_classes_without_images_are_left_out_and_no_prompts_are_refused():
    images, texts = tiny_pair(60)
    some = images.select((images.table["digit"] != "two").to_numpy())
    kept = texts.select((texts.table["kind"] != "caption").to_numpy())
    assert neighbours.look(some, kept, seed=0)["classes"].tolist() == [2]
    with pytest.raises(InputError, match="no class prompts of the object factor 'digit'"):
        neighbours.look(*tiny_pair(prompts=False), seed=0)
