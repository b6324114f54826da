import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.models.table import model_row, pretrained_row
from modgap.study.models import read_models

SHEET = Path(__file__).parents[2] / "config" / "models.tsv"

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
# A row of models.tsv as the rules hand it over, and the record of its download.
SHEET_ROW = {
    "model": "tiny",
    "kind": "hub",
    "architecture": "",
    "training_set": "datacomp_m",
    "training_size": 14_000_000,
    "group": "medium",
    "kept": True,
    "table3": False,
    "commonpool_scale": "m",
    "commonpool_filter": "clip",
}
DOWNLOADED = {"model": "tiny", "parameters": 151_277_313, "embed_dim": 512, "weights_sha256": "0"}


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
    for text in ('{"model": "x"}', '{"training": {}}', '{"training": []}', "[]", "{"):
        (tmp_path / "modgap.json").write_text(text)
        with pytest.raises(InputError, match=r"modgap.json: no record of a trained model .* anew"):
            model_row(tmp_path / "modgap.json", "zoo", 1)


def pretrained(tmp_path, **changed):
    (tmp_path / "modgap.json").write_text(json.dumps(DOWNLOADED))
    return pretrained_row(tmp_path / "modgap.json", SHEET_ROW | changed)


def test_a_pretrained_model_has_its_sizes_from_the_download_and_the_rest_from_the_sheet(tmp_path):
    found = pretrained(tmp_path)
    assert found == {
        "model": "tiny",
        "parameters": 151_277_313,
        "embed_dim": 512,
        "experiment": "pretrained",
        "kind": "hub",
        "group": "medium",
        "training_set": "datacomp_m",
        "training_size": 14_000_000,
        "kept": True,
        "table3": False,
        "commonpool_scale": "m",
        "commonpool_filter": "clip",
    }


def test_every_row_of_the_sheet_becomes_a_row_of_the_table(tmp_path):
    for name, sheet_row in read_models(SHEET).items():
        found = pretrained(tmp_path, **asdict(sheet_row))
        assert (found["training_size"], found["kept"]) == (sheet_row.training_size, sheet_row.kept)
        assert found["model"] == "tiny", name


def test_an_unknown_size_is_missing_in_the_table_not_0(tmp_path):
    rows = [pretrained(tmp_path), pretrained(tmp_path, training_size=None, group="")]
    table = pd.DataFrame(rows)
    assert table["training_size"].isna().tolist() == [False, True]
    assert table["group"].tolist() == ["medium", ""]


@pytest.mark.parametrize("text", ['{"model": "tiny"}', "{", "[]", "null"])
def test_a_broken_record_of_a_download_is_named_with_what_to_do(tmp_path, text):
    (tmp_path / "modgap.json").write_text(text)
    message = r"modgap.json: no record of a downloaded model .* delete it to download it anew"
    with pytest.raises(InputError, match=message):
        pretrained_row(tmp_path / "modgap.json", SHEET_ROW)
    with pytest.raises(InputError, match=r"nowhere.json: no record of a downloaded model"):
        pretrained_row(tmp_path / "nowhere.json", SHEET_ROW)
