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
        "text_width": 32,
        "attributes": 3,
        "main_factor": "digit",
        "seed": 0,
    },
}


def row(tmp_path, items, medium_at_most=4000):
    facts = FACTS | {"training": FACTS["training"] | {"items": items}}
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


def test_a_file_that_is_no_record_is_named(tmp_path):
    (tmp_path / "modgap.json").write_text('{"model": "x"}')
    with pytest.raises(InputError, match=r"modgap.json: no record of a trained model"):
        model_row(tmp_path / "modgap.json", "zoo", 1)
