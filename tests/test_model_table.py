import json

import pytest

from modgap.errors import InputError
from modgap.model_table import model_row

FACTS = {
    "model": "zoo-k3",
    "parameters": 400_000,
    "embed_dim": 16,
    "training": {
        "items": 4000,
        "items_left": 4000,
        "mismatched": 0.0,
        "filtered": 0.0,
        "epochs": 3,
        "text_width": 32,
        "attributes": 3,
        "main_factor": "digit",
        "seed": 0,
    },
}


def row(tmp_path, items, medium_at_most=4000, **changed):
    changed = {"items": items, "items_left": items} | changed
    facts = FACTS | {"training": FACTS["training"] | changed}
    (tmp_path / "modgap.json").write_text(json.dumps(facts))
    return model_row(tmp_path / "modgap.json", "zoo", medium_at_most)


def test_the_group_follows_the_size_of_the_training_set(tmp_path):
    assert row(tmp_path, 4000)["group"] == "medium"
    assert row(tmp_path, 4001)["group"] == "large"


def test_models_of_different_size_do_not_share_a_training_set(tmp_path):
    small, large = row(tmp_path, 4000), row(tmp_path, 8000)
    assert small["training_set"] == "MAD, 4000 items, digit and 3 others"
    assert small["training_set"] != large["training_set"]
    assert (small["parameters"], small["embed_dim"]) == (400_000, 16)


@pytest.mark.parametrize(
    ("mismatched", "filtered", "pool"),
    [
        (0.0, 0.0, "8000 items"),
        (0.4, 0, "8000 items, 40 % mismatched, none of those filtered"),
        (0.4, 0.5, "8000 items, 40 % mismatched, half of those filtered"),
        (0.07, 0.25, "8000 items, 7 % mismatched, 25 % of those filtered"),
        (0.4, 1.0, "8000 items, 40 % mismatched, all of those filtered"),
    ],
)
def test_a_training_set_names_its_pool_and_filter(tmp_path, mismatched, filtered, pool):
    found = row(tmp_path, 8000, mismatched=mismatched, filtered=filtered)
    assert found["pool"] == pool
    assert found["training_set"] == f"MAD, {pool}, digit and 3 others"
    assert (found["mismatched"], found["filtered"]) == (mismatched, filtered)
    assert found["epochs"] == 3


def test_the_size_and_group_are_those_of_what_the_filter_left(tmp_path):
    found = row(tmp_path, 8000, mismatched=0.8, filtered=1.0, items_left=1600)
    assert (found["training_size"], found["group"]) == (1600, "medium")


def test_a_file_that_is_no_record_is_named(tmp_path):
    for text in ('{"model": "x"}', '{"training": {}}', "{"):
        (tmp_path / "modgap.json").write_text(text)
        with pytest.raises(InputError, match=r"modgap.json: no record of a trained model .* anew"):
            model_row(tmp_path / "modgap.json", "zoo", 1)
