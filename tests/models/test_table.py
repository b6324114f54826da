import json

import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.models.table import model_rows

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
        "unnamed": "",
        "hidden": "",
        "initial_temperature": 0.07,
        "learnable_temperature": True,
        "seed": 0,
    },
}
# What a study declares of a model of the sheet, and the record of its download.
DECLARED = {
    "model": "tiny",
    "kind": "hub",
    "training_set": "datacomp_m",
    "training_size": 14_000_000,
    "commonpool_scale": "m",
    "commonpool_filter": "clip",
}
DOWNLOADED = {"model": "tiny", "parameters": 151_277_313, "embed_dim": 512, "weights_sha256": "0"}


def save(tmp_path, record, name):
    path = tmp_path / name / "modgap.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(record if isinstance(record, str) else json.dumps(record))
    return path


def trained(tmp_path, items, medium_at_most=4000, **changed):
    changed = {"items": items, "items_left": items} | changed
    facts = FACTS | {"training": FACTS["training"] | changed}
    path = save(tmp_path, facts, "zoo-k3")
    declared = [{"model": "zoo-k3", "kind": "trained"}]
    return model_rows([path], declared, "zoo", medium_at_most)[0]


def fetched(tmp_path, **changed):
    path = save(tmp_path, DOWNLOADED, "tiny")
    return model_rows([path], [DECLARED | changed], "zoo", 140_000_000)[0]


def test_the_group_follows_the_size_of_the_training_set(tmp_path):
    assert trained(tmp_path, 4000)["group"] == "medium"
    assert trained(tmp_path, 4001)["group"] == "large"
    assert fetched(tmp_path)["group"] == "medium"
    assert fetched(tmp_path, training_size=400_000_000)["group"] == "large"


def test_models_of_different_size_do_not_share_a_training_set(tmp_path):
    small, large = trained(tmp_path, 4000), trained(tmp_path, 8000)
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
    row = trained(tmp_path, 8000, mismatched=mismatched, filtered=filtered)
    assert row["pool"] == pool
    assert row["training_set"] == f"MAD, {pool}, digit and 3 others"
    assert (row["mismatched"], row["filtered"]) == (mismatched, filtered)
    assert row["epochs"] == 3


def test_the_size_and_group_are_those_of_what_the_filter_left(tmp_path):
    row = trained(tmp_path, 8000, mismatched=0.8, filtered=1.0, items_left=1600)
    assert (row["training_size"], row["group"]) == (1600, "medium")


def test_a_model_of_the_sheet_has_its_sizes_from_its_record_and_the_rest_from_the_sheet(tmp_path):
    assert fetched(tmp_path) == {
        "model": "tiny",
        "kind": "hub",
        "experiment": "zoo",
        "group": "medium",
        "training_set": "datacomp_m",
        "training_size": 14_000_000,
        "parameters": 151_277_313,
        "embed_dim": 512,
        "commonpool_scale": "m",
        "commonpool_filter": "clip",
        "architecture": "",
    }


def test_what_is_not_known_is_missing_in_the_table_not_0(tmp_path):
    path = save(tmp_path, DOWNLOADED, "tiny")
    random = save(tmp_path, DOWNLOADED | {"model": "random"}, "random")
    declared = [
        DECLARED,
        {"model": "random", "kind": "random"},
        {"model": "f", "kind": "embeddings"},
    ]
    table = pd.DataFrame(model_rows([random, path], declared, "zoo", 140_000_000))
    assert table["model"].tolist() == ["tiny", "random", "f"]
    assert table["training_size"].isna().tolist() == [False, True, True]
    assert table["group"].tolist() == ["medium", "", ""]
    assert table["parameters"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize("text", ['{"model": "tiny"}', "{", "[]", "null"])
def test_a_broken_record_is_named_with_what_to_do(tmp_path, text):
    path = save(tmp_path, text, "tiny")
    with pytest.raises(InputError, match=r"modgap.json: no record of a model .* delete it to make"):
        model_rows([path], [DECLARED], "zoo", 1)
    with pytest.raises(InputError, match=r"nowhere.json: no record of a model"):
        model_rows([tmp_path / "nowhere.json"], [DECLARED], "zoo", 1)


@pytest.mark.parametrize("training", [{}, [], {"items": 3}])
def test_a_record_without_the_training_of_a_trained_model_is_named(tmp_path, training):
    path = save(tmp_path, FACTS | {"training": training}, "zoo-k3")
    with pytest.raises(InputError, match=r"modgap.json: no record of a trained model .* anew"):
        model_rows([path], [{"model": "zoo-k3", "kind": "trained"}], "zoo", 1)
