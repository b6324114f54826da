"""Pretrained models from a local hub, on tiny copies of real data sets, through all rules."""

import json
import os
from collections.abc import Iterator

import pandas as pd
import pytest
import yaml
from helpers.hub_server import Hub, serve
from helpers.sheet_rows import dataset_row, model_row, write_sheet
from helpers.tiny_layouts import save_caption_folder, save_cifar10, save_compositions
from helpers.tiny_models import save_tiny_clip, save_tiny_siglip
from helpers.tiny_study import ROOT, Study, copy_repository

from modgap.formats.embeddings import read_embeddings
from modgap.formats.files import sha256
from modgap.formats.manifest import read_manifest
from modgap.formats.tables import read_table

pytestmark = pytest.mark.workflow
CAPTIONS = [
    ("test", f"{number}.png", index, f"A photo of the {'red' if index else 'blue'} dog {number}")
    for number in range(60)
    for index in range(2)
]
EVERYWHERE = {"retrieval": "pictures", "classification": "cifar10", "attributes": "shoes"}
CONFIG = {
    "study": "pretrained",
    "device": "cpu",
    "mad": {"train_items": 512, "test_items": 120},
    "training": {"batch_size": 64, "probe_items": 60},
    "model": {"items": 512},
    "only": ["zoo", "training_sets", "close_up", "ideal_words"],
    "experiments": {
        "zoo": {"train": None, "sheet": "paper", "data": EVERYWHERE},
        "training_sets": {
            "models": None,
            "sheet": "paper_table3",
            "data": {"retrieval": "pictures", "classification": "cifar10"},
        },
        "close_up": {
            "models": ["clip", "siglip"],
            "data": {
                "retrieval": "pictures",
                "classification": "cifar10",
                "class_sets": ["cifar10"],
            },
        },
        "ideal_words": {"models": ["clip"], "data": {"attributes": "shoes"}},
    },
    "extraction": {"batch_size": 4},
    "groups": {"medium_at_most": 1000},
    "statistics": {"resamples": 99, "bootstrap": 50},
}
MODELS = [
    model_row("clip", sets="paper paper_table3"),
    model_row("siglip", sets="paper", preprocessing="28-bicubic-squash"),
]
DATASETS = [
    dataset_row("pictures", "caption_folder", images=60, texts=120),
    dataset_row("cifar10", "cifar10", images=6),
    dataset_row("shoes", "compositions", split="train"),
]


ARTIFACTS = ["fig3", "fig4a", "fig4b", "fig4c", "fig5a", "fig5b", "fig11a", "fig11b", "fig11c"]
ARTIFACTS += ["fig12", "table1", "table2", "table3", "table5"]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub on this machine with a CLIP and a SigLIP that has a tokenizer of its own."""
    folder = tmp_path_factory.mktemp("hub")
    clip = save_tiny_clip(folder / "clip")
    siglip = save_tiny_siglip(folder / "siglip")
    config = json.loads((siglip / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "tiny/siglip"
    (siglip / "open_clip_config.json").write_text(json.dumps(config))
    with (
        serve({"tiny/clip": clip, "tiny/siglip": siglip}) as served,
        pytest.MonkeyPatch.context() as p,
    ):
        p.setenv("HF_ENDPOINT", served.address)
        p.setenv("HF_HOME", str(folder / "home"))
        yield served


@pytest.fixture(scope="session")
def pretrained(tmp_path_factory: pytest.TempPathFactory, hub: Hub) -> Study:
    """The study of two tiny pretrained models, built in full."""
    study = copy_repository(tmp_path_factory.mktemp("pretrained"))
    data = study.folder / "real"
    save_caption_folder(data / "pictures", CAPTIONS)
    save_cifar10(data / "cifar10")
    save_compositions(data / "shoes")
    write_sheet(study.folder / "config" / "models.tsv", MODELS)
    write_sheet(study.folder / "config" / "datasets.tsv", DATASETS)
    config = CONFIG | {"folders": {row["folder"]: f"real/{row['folder']}" for row in DATASETS}}
    (study.folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    code, output = study.snakemake("all")
    assert code == 0, output[-6000:]
    return study


def test_a_second_run_has_nothing_to_do(pretrained):
    code, output = pretrained.snakemake("all")
    assert code == 0
    assert "Nothing to be done" in output


@pytest.mark.parametrize("model", ["clip", "siglip"])
def test_a_model_is_downloaded_once_with_a_record_of_its_weights(pretrained, hub, model):
    facts = json.loads((pretrained.folder / f"resources/models/{model}/modgap.json").read_text())
    weights = pretrained.folder / f"resources/models/{model}/open_clip_model.safetensors"
    assert facts["weights_sha256"] == sha256(weights)
    record = json.loads((pretrained.folder / f"resources/checksums/{model}.json").read_text())
    assert record["sha256"] == sha256(hub.folders[f"tiny/{model}"] / "open_clip_model.safetensors")
    # Large files lie elsewhere than the hub's own address says.
    assert len(hub.ranges(f"/large/tiny/{model}/open_clip_model.safetensors")) == 1


def test_the_models_share_manifests_but_not_caches_of_another_preprocessing(pretrained):
    caches = sorted(path.name for path in (pretrained.results / "pixels/pictures").iterdir())
    assert caches == ["28-bicubic-shortest", "28-bicubic-squash"]
    manifest = read_manifest(pretrained.results / "data/pictures")
    assert (len(manifest.images), len(manifest.texts)) == (60, 120)


@pytest.mark.parametrize("model", ["clip", "siglip"])
def test_embeddings_keep_ids_rows_and_metadata(pretrained, model):
    manifest = read_manifest(pretrained.results / "data/pictures")
    folder = pretrained.results / "embeddings" / model / "pictures"
    images, texts = (read_embeddings(folder / f"{kind}.parquet") for kind in ("image", "text"))
    assert images.table["id"].tolist() == manifest.images["image_id"].tolist()
    assert texts.table["id"].tolist() == manifest.texts["text_id"].tolist()
    assert texts.table["image_id"].tolist() == manifest.texts["image_id"].tolist()
    for found in (images, texts):
        assert found.metadata["model"] == model
        assert (found.metadata["dataset"], found.metadata["split"]) == ("pictures", "test")
        assert found.vectors.shape == (found.metadata["rows"], 16)


def test_every_model_is_measured_on_every_data_set(pretrained):
    table = read_table(pretrained.results / "metrics/zoo.parquet")[0].to_pandas()
    pairs = set(map(tuple, table[["model", "dataset"]].drop_duplicates().to_numpy()))
    assert pairs == {(m, d) for m in ("clip", "siglip") for d in ("pictures", "cifar10", "shoes")}
    metrics = table.groupby("dataset")["metric"].agg(set)
    assert {"recall@1", "l2m", "rmg"} <= metrics["pictures"]
    assert {"zero_shot:object", "l2m", "rmg"} <= metrics["cifar10"]
    assert {"zero_shot:attributes", "moad"} <= metrics["shoes"]


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_every_artifact_is_there_with_numbers_of_these_models(pretrained, artifact):
    assert len(pd.read_csv(pretrained.results / f"two_effects/{artifact}.csv")) > 0


def test_what_the_study_leaves_out_is_not_there(pretrained):
    found = {path.stem for path in (pretrained.results / "two_effects").glob("*.csv")}
    assert found.isdisjoint({"fig6b", "fig7a", "fig7b", "table4"})


def test_an_added_row_brings_only_its_own_jobs_and_what_they_feed(pretrained):
    sheet = pretrained.folder / "config" / "models.tsv"
    before = sheet.read_text()
    write_sheet(sheet, [*MODELS, model_row("another", sets="paper")])
    try:
        planned = pretrained.planned("all")
    finally:
        sheet.write_text(before)
    assert planned["fetch_model"] == 1
    assert (planned["embed"], planned["measure"]) == (3, 3)
    assert set(planned).isdisjoint({"pixels", "manifest", "look", "train", "mad"})
    assert {"metric_table", "model_table", "two_effects_fig3", "report"} <= set(planned)


def test_a_changed_description_downloads_nothing(pretrained):
    sheet = pretrained.folder / "config" / "models.tsv"
    before = sheet.read_text()
    write_sheet(sheet, [MODELS[0] | {"training_set": "other"}, MODELS[1]])
    try:
        planned = pretrained.planned("all")
    finally:
        sheet.write_text(before)
    assert {"model_table", "correlations"} <= set(planned)
    assert set(planned).isdisjoint({"fetch_model", "embed", "measure"})


def test_a_missing_folder_is_named_before_anything_is_downloaded(pretrained):
    config = yaml.safe_load((pretrained.folder / "tiny.yaml").read_text())
    config |= {"results": "results/elsewhere", "folders": config["folders"] | {"shoes": "nowhere"}}
    (pretrained.folder / "elsewhere.yaml").write_text(yaml.safe_dump(config))
    target = "results/elsewhere/data/shoes/images.parquet"
    code, output = pretrained.snakemake(target, configfile="elsewhere.yaml")
    assert code == 1
    assert (
        "data set shoes: folder nowhere not found. Make it (here); then set folders.shoes" in output
    )


def test_the_paper_study_plans_all_its_jobs_without_a_network(tmp_path):
    study = copy_repository(tmp_path)
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}
    os.environ.update(environment)
    try:
        planned = study.planned("all", configfile=str(ROOT / "config" / "paper.yaml"))
    finally:
        for name in environment:
            del os.environ[name]
    # Two encoders of one tower from packages, which soft targets are told by.
    assert planned["fetch_model"] == 108 + 2
    # Four data sets for the 101 of the zoo, two for the seven that only tables 3 and 4 take, five
    # class sets for the two close-up models, faces for one, and what is trained here.
    embedded = planned["embed"] + planned["embed_told"]
    assert embedded - planned["train"] >= 4 * 101 + 2 * 7 + 2 * 5 + 1 + 6
    assert planned["measure"] - planned["train"] >= 4 * 101 + 2 * 7
    # MAD: captions, main factors twice, five seeds each; COCO: four losses of three seeds. On
    # shards: eight kinds of captions and temperatures.
    assert planned["train"] == 5 * (6 + 6 + 6) + 4 * 3
    assert planned["train_distributed"] == 26
    assert planned["fetch_dataset"] == 3
