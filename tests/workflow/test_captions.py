"""Models trained on a folder of captioned pictures, through all rules."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.sheet_rows import add_row, dataset_row
from helpers.tiny_captions import save_caption_folder
from helpers.tiny_study import NONE, Study, copy_repository

from modgap.formats.files import sha256

pytestmark = pytest.mark.workflow
TRAIN = {"data": "mine", "test_data": "mine-test", "items": 100, "epochs": 2, "seed": 0}
TUNED = TRAIN | {"from": "full_captions", "epochs": 1, "probe_every": 2}
OWN = {"retrieval": "own"}
CONFIG = {
    "study": "captions",
    "device": "cpu",
    "training": {"batch_size": 32, "probe_items": 20, "probe_every": 2},
    "model": {"embed_dim": 8},
    "folders": {"mine": "mine"},
    "statistics": {"resamples": 99, "bootstrap": 50},
    "experiments": {
        **NONE,
        "full_captions": {"train": TRAIN, "data": OWN},
        "quarter_captions": {"train": TRAIN | {"captions": "quarter"}, "data": OWN},
        "half_captions": {"train": None, "models": ["quarter_captions"], "data": OWN},
        "refine": {"train": TUNED | {"learnable_temperature": [True, False]}, "data": OWN},
        "refine_control": {"train": None, "models": ["refine"]},
        "before_refining": {"train": None, "models": ["full_captions"]},
    },
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = copy_repository(tmp_path_factory.mktemp("captions"))
    save_caption_folder(made.folder / "mine", train=100, test=30)
    sheet = made.folder / "config" / "datasets.tsv"
    for name, split in (("mine", "train"), ("mine-test", "test")):
        row = dataset_row(name, "caption_folder", folder="mine", split=split)
        add_row(sheet, **row)
    (made.folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    code, output = made.snakemake("two_effects_fig7c", "two_effects_fig8")
    assert code == 0, output[-6000:]
    return made


def test_a_second_run_has_nothing_to_do(study):
    code, output = study.snakemake("two_effects_fig7c", "two_effects_fig8")
    assert code == 0
    assert "Nothing to be done" in output


def test_training_takes_the_pixels_of_the_cache_and_nothing_of_mad(study):
    cache = study.results / "pixels" / "mine" / "32-bicubic-shortest"
    assert np.load(cache / "pixels.npy").shape == (100, 32, 32, 3)
    assert not (study.results / "data" / "mad").exists()
    record = json.loads((study.results / "models/full_captions/modgap.json").read_text())
    assert (record["training"]["data"], record["training"]["items_left"]) == ("mine", 100)


def test_fig7c_shows_each_view_on_the_held_out_pictures(study):
    shown = pd.read_csv(study.results / "two_effects/fig7c.csv")
    assert set(shown["captions"]) == {"full", "quarter"}
    held = shown[shown["data"] != "training captions"]
    assert set(held["quantity"]) >= {"RMG", "L2M"}
    assert len(shown) == 2 * 5
    assert shown["value"].notna().all()


def test_fig8_starts_where_the_full_captions_ended(study):
    shown = pd.read_csv(study.results / "two_effects/fig8.csv")
    assert set(shown["temperature_is"]) == {"learnt", "frozen"}
    history = pd.read_parquet(study.results / "models/full_captions/history.parquet").iloc[-1]
    start = shown[(shown["step"] == 0) & (shown["quantity"] == "rmg")]
    assert start["value"].tolist() == pytest.approx([history["rmg"]] * 2, rel=1e-5)
    frozen = shown[(shown["temperature_is"] == "frozen") & (shown["quantity"] == "temperature")]
    assert np.ptp(frozen["value"]) < 1e-9
    learnt = json.loads(
        (study.results / "models/refine-learntTrue/modgap.json").read_text(encoding="utf-8")
    )
    weights = study.results / "models/full_captions/open_clip_model.safetensors"
    assert learnt["training"]["from_sha256"] == sha256(weights)


def test_the_model_table_says_what_they_were_trained_on(study):
    table = pd.read_csv(study.results / "models/quarter_captions.csv")
    assert table.loc[0, "training_set"] == "mine, 100 items, quarter captions"
    assert table.loc[0, "captions"] == "quarter"
