"""One study of models of every source: trained here, of the sheet, random, and somebody's files."""

import json
import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.hub_server import serve
from helpers.sheet_rows import add_row, model_row
from helpers.tiny_models import save_tiny_clip
from helpers.tiny_study import NONE, Study, copy_repository

from modgap.formats.embeddings import read_embeddings
from modgap.metrics.gap import l2m

pytestmark = pytest.mark.workflow
ON_MAD = {"retrieval": "mad-digit-k1", "classification": "mad-digit-k1", "attributes": None}
CONFIG = {
    "study": "mixed",
    "device": "cpu",
    "mad": {"train_items": 256, "test_items": 40},
    "training": {"batch_size": 64, "probe_items": 20, "probe_every": 4},
    "model": {"items": 256, "epochs": 1, "embed_dim": 8},
    "extraction": {"batch_size": 20},
    "statistics": {"resamples": 99, "bootstrap": 50},
    "experiments": {
        **NONE,
        "trained": {"train": {"seed": [0, 1]}, "data": {"retrieval": "own"}},
        "fetched": {"sheet": "tiny", "data": {"retrieval": "mad-digit-k1"}},
        "untrained": {"random": ["RN50"], "seeds": [0], "data": {"retrieval": "mad-digit-k1"}},
        "given": {"files": ["mine"], "data": {"retrieval": "own"}},
        "zoo": {"train": None, "models": ["trained", "fetched", "untrained"], "data": ON_MAD},
        "close_up": {
            "models": ["mine", "trained-s0"],
            "data": {"retrieval": "own", "classification": None, "class_sets": None},
        },
    },
}
MODELS = ["trained-s0", "trained-s1", "clip-a", "clip-b", "RN50-random-s0"]


@pytest.fixture(scope="module")
def clouds() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.standard_normal((30, 8)).astype(np.float32)
    return images, images + 0.5 * rng.standard_normal((30, 8)).astype(np.float32) + 1


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, clouds) -> Iterator[Study]:
    made = copy_repository(tmp_path_factory.mktemp("mixed"))
    sheet = made.folder / "config" / "models.tsv"
    for name in ("a", "b"):
        add_row(sheet, **model_row(f"clip-{name}", hub_repository="tiny/clip", sets="tiny"))
    for name, cloud in zip(("images", "texts"), clouds, strict=True):
        np.save(made.folder / f"{name}.npy", cloud)
    cells = {"image_embeddings": "images.npy", "text_embeddings": "texts.npy"}
    add_row(sheet, model="mine", kind="embeddings", **cells)
    (made.folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    folder = tmp_path_factory.mktemp("hub")
    with (
        serve({"tiny/clip": save_tiny_clip(folder / "clip", layers=1)}) as hub,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("HF_ENDPOINT", hub.address)
        environment.setenv("HF_HOME", str(folder / "home"))
        code, output = made.snakemake(
            "two_effects_fig3", "two_effects_fig4a", "two_effects_table1", "metrics"
        )
        assert code == 0, output[-6000:]
        yield made


def test_fig3_shows_trained_fetched_and_random_models_together(study):
    shown = pd.read_csv(study.results / "two_effects/fig3.csv")
    assert set(shown["model"]) == set(MODELS)
    assert shown["x"].notna().all()


def test_table1_counts_them_by_what_is_known_of_their_training(study):
    table = pd.read_csv(study.results / "two_effects/table1.csv")
    # Random weights have no training set, so they belong to no group; of the others those that do
    # not search or classify better than chance are left out and counted.
    assert set(table["n"] + table["near_chance"]) == {4}


def test_the_model_table_says_what_each_is(study):
    table = pd.read_csv(study.results / "models/zoo.csv").set_index("model")
    assert table["kind"].to_dict() == {
        "trained-s0": "trained",
        "trained-s1": "trained",
        "clip-a": "hub",
        "clip-b": "hub",
        "RN50-random-s0": "random",
    }
    assert table.loc["RN50-random-s0", "parameters"] > 90e6
    assert pd.isna(table.loc["RN50-random-s0", "training_size"])


def test_fig4a_looks_into_trained_models_and_somebodys_files(study, clouds):
    shown = pd.read_csv(study.results / "two_effects/fig4a.csv")
    assert set(shown["model"]) == {"mine", "trained-s0"}
    assert len(shown[shown["model"] == "mine"]) == 8


def test_the_files_are_measured_as_they_are(study, clouds):
    table = pd.read_parquet(study.results / "metrics/given.parquet")
    values = table.set_index(["metric", "modality"])
    assert set(table["model"]) == {"mine"}
    assert values.loc[("l2m", "both"), "value"] == pytest.approx(l2m(*clouds))
    assert values.loc[("rmg", "both"), "n"] == 30


def test_random_weights_come_from_their_seed_and_are_embedded_on_mad(study):
    facts = json.loads((study.folder / "resources/models/RN50-random-s0/modgap.json").read_text())
    images = read_embeddings(study.results / "embeddings/RN50-random-s0/mad-digit-k1/image.parquet")
    assert images.metadata["weights_sha256"] == facts["weights_sha256"]
    assert images.vectors.shape == (40, 1024)


def test_a_second_run_has_nothing_to_do(study):
    code, output = study.snakemake("two_effects_fig3", "two_effects_fig4a", "metrics")
    assert code == 0
    assert "Nothing to be done" in output


def test_a_file_in_the_place_of_another_is_noticed_however_old_it_is(study):
    """As unpacked, or copied with its time: Snakemake alone asks for newer ones."""
    path = study.folder / "texts.npy"
    before, times = path.read_bytes(), path.stat()
    np.save(path, np.load(path)[::-1])
    os.utime(path, (1, 1))
    assert study.planned("metrics")["import_embeddings"] == 1
    path.write_bytes(before)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert study.planned("metrics") == {}


def test_a_file_that_the_row_names_and_that_is_not_there_is_refused(study):
    """What was made of another file is there: Snakemake alone would go on with that."""
    sheet = study.folder / "config" / "models.tsv"
    before = sheet.read_text()
    sheet.write_text(before.replace("texts.npy", "text.npy"))
    try:
        code, output = study.snakemake("metrics", "-n")
    finally:
        sheet.write_text(before)
    assert code == 1
    assert "text_embeddings in models.tsv: nothing lies at text.npy" in output
