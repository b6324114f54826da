import json

import pytest
from helpers.tiny_training import CPU, noise

from modgap.errors import InputError
from modgap.formats.tables import read_table
from modgap.models.table import model_rows
from modgap.train.job import train_job
from modgap.train.mad import mad_source

SETTINGS = {
    "items": 100,
    "mismatched": 0.5,
    "filtered": 0.8,
    "epochs": 2,
    "text_rest": 0.0,
    "text_learning_rate": 1.0,
    "scale_learning_rate": 1.0,
    "loss": "clip",
    "initial_temperature": 0.07,
    "learnable_temperature": True,
    "embed_dim": 8,
    "image_tower": "test_resnet",
    "text_width": 32,
    "text_layers": 1,
    "attributes": 1,
    "main_factor": "digit",
    "unnamed": "",
    "hidden": "",
    "seed": 0,
}
TRAINING = {
    "precision": "fp32",
    "batch_size": 20,
    "learning_rate": 0.003,
    "weight_decay": 0.1,
    "warmup_steps": 2,
    "probe_items": 30,
    "probe_every": 4,
    "checkpoint_every": 3,
}


def job(folder, start=None, **changed):
    settings = SETTINGS | changed
    source = mad_source(
        noise(150), noise(40, 3), settings, TRAINING, official_colours=False, device=CPU
    )
    train_job(folder, "m", source, settings, TRAINING, device=CPU, start=start)


def test_a_model_of_a_filtered_pool_says_what_was_left_and_trains_as_long(tmp_path):
    job(tmp_path / "m")
    folder = tmp_path / "m"
    declared = [{"model": "m", "kind": "trained"}]
    (row,) = model_rows([folder / "modgap.json"], declared, "pools", 80)
    assert (row["training_size"], row["group"], row["epochs"]) == (60, "medium", 2)
    assert row["pool"] == "100 items, 50 % mismatched, 80 % of those filtered"
    history = read_table(folder / "history.parquet")[0].to_pandas()
    # 100 // 20 steps for each of 2 epochs, in epochs of 60 // 20.
    assert history["epoch"].tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3]
    facts = json.loads((folder / "modgap.json").read_text())
    assert facts["training"].items() >= (SETTINGS | TRAINING).items()


def test_the_settings_of_a_model_decide_how_it_is_trained(tmp_path):
    own = {
        "epochs": 1,
        "text_rest": 0.5,
        "initial_temperature": 1.0,
        "learnable_temperature": False,
    }
    job(tmp_path, **own)
    history = read_table(tmp_path / "history.parquet")[0].to_pandas()
    assert history["step"].max() == 100 // 20
    assert history["temperature"].tolist() == pytest.approx([1.0] * 6)
    with pytest.raises(InputError, match=r"model.text_rest: 2; expected a share of the steps"):
        job(tmp_path / "other", text_rest=2)


def test_a_filter_that_leaves_too_little_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"10 items do not fill one batch of 20; .* filter fewer"):
        job(tmp_path, mismatched=0.9, filtered=1)
    with pytest.raises(InputError, match=r"model.filtered: 2 is no share"):
        job(tmp_path, filtered=2)


def test_a_loss_is_told_of_the_items_before_the_first_step(tmp_path):
    settings = {"similarity": "labels", "temperature": 0.3}
    job(tmp_path / "soft", loss="soft_targets", loss_settings=settings, filtered=0.0)
    facts = json.loads((tmp_path / "soft/modgap.json").read_text())["training"]
    assert facts["loss_settings"] == settings
    assert facts["cpu_seconds"] > 0
    with pytest.raises(InputError, match=r"soft_targets needs to know the items' similarity"):
        job(tmp_path / "untold", loss="soft_targets")
    with pytest.raises(InputError, match=r"clip does not use the items' similarity"):
        job(tmp_path / "told", loss_settings={"similarity": "labels"})
    assert not (tmp_path / "untold").exists()
    assert not (tmp_path / "told").exists()
