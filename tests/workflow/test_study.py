"""What the tiny study made, and what a change to it makes again."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.tiny_study import ROOT, TINY, overlaid

from modgap.formats.embeddings import read_embeddings
from modgap.formats.files import sha256
from modgap.formats.manifest import read_manifest
from modgap.formats.tables import read_table
from modgap.study.study import Study as SetUp

pytestmark = pytest.mark.workflow
METRIC_COLUMNS = ["model", "dataset", "split", "metric", "modality", "value", "low", "high", "n"]
DECLARED = SetUp.of(overlaid(TINY), ROOT / "config").artifacts.values()
FIGURES = [each for each in DECLARED if each.figure]
TABLES = [each for each in DECLARED if not each.figure]
MODELS = [
    "captions-k1-s0",
    "captions-k5-s0",
    "main_factor-maincolour-s0",
    "main_factor_fixed-maincolour-s0",
    "pools-n512-f0",
    "pools-n512-f1",
    "zoo-k1-d8-n256-clip",
    "zoo-k1-d8-n512-clip",
    "zoo-k5-d8-n256-clip",
    "zoo-k5-d8-n512-clip",
]


def test_a_second_run_has_nothing_to_do(study):
    code, output = study.snakemake("all")
    assert code == 0
    assert "Nothing to be done" in output


def test_mad_has_the_declared_items(study):
    for split, items, channels in (("train", 512, ()), ("test", 120, (3,))):
        pixels = np.load(study.results / "data" / "mad" / split / "pixels.npy")
        labels = np.load(study.results / "data" / "mad" / split / "labels.npy")
        assert pixels.shape == (items, 28, 28, *channels)
        assert pixels.dtype == np.uint8
        assert labels.shape == (items, 6)


def test_each_data_set_is_a_sound_manifest(study):
    for dataset, words in (("mad-digit-k1", 2), ("mad-digit-k5", 6), ("mad-colour-k1", 2)):
        manifest = read_manifest(study.results / "data" / dataset)
        assert (manifest.dataset, manifest.split) == (dataset, "test")
        assert len(manifest.images) == 120
        captions = manifest.texts[manifest.texts["kind"] == "caption"]
        assert captions["image_id"].tolist() == manifest.images["image_id"].tolist()
        assert captions["text"].str.split("-").str.len().eq(words).all()


@pytest.mark.parametrize("model", MODELS)
def test_each_model_is_whole_and_says_what_it_is(study, model):
    folder = study.results / "models" / model
    facts = json.loads((folder / "modgap.json").read_text())
    assert facts["model"] == model
    assert facts["weights_sha256"] == sha256(folder / "open_clip_model.safetensors")
    assert facts["versions"]["torch"]
    history, metadata = read_table(folder / "history.parquet")
    history = history.to_pandas()
    assert metadata["model"] == model
    items = facts["training"]["items"]
    assert history["step"].tolist() == list(range(2 * (items // 64) + 1))
    assert history.loc[1:, "loss"].notna().all()
    probed = history[history["rmg"].notna()]
    assert probed["step"].tolist() == [0, *range(4, len(history), 4)]


def test_an_experiments_own_settings_and_pools_reach_its_models(study):
    records = {
        model: json.loads((study.results / "models" / model / "modgap.json").read_text())[
            "training"
        ]
        for model in MODELS
    }
    own = {"initial_temperature": 1.0, "learnable_temperature": False}
    assert records["main_factor_fixed-maincolour-s0"].items() >= own.items()
    assert records["captions-k1-s0"]["learnable_temperature"]
    left = {model: record["items_left"] for model, record in records.items()}
    assert (left["pools-n512-f0"], left["pools-n512-f1"]) == (512, 256)


def test_the_close_up_models_alone_are_embedded_on_the_classes(study):
    def pairs(stage):
        return {(path.parts[-2], path.stem) for path in (study.results / stage).glob("*/*")}

    # What no artifact reads is not measured.
    measured = pairs("metrics")
    assert {model for model, _ in measured} == set(MODELS)
    looked_into = {
        (model, dataset)
        for model in ("captions-k1-s0", "captions-k5-s0")
        for dataset in ("mad-digit-colour", "mad-digit-groups")
    }
    looked_into.add(("resnet18-random-s0", "mad-digit-k5-n20"))
    assert pairs("embeddings") == measured | looked_into
    assert not measured & looked_into


def test_embeddings_keep_the_contract(study):
    folder = study.results / "embeddings" / "captions-k5-s0" / "mad-digit-k5"
    facts = json.loads((study.results / "models/captions-k5-s0/modgap.json").read_text())
    images, texts = (read_embeddings(folder / f"{kind}.parquet") for kind in ("image", "text"))
    for found in (images, texts):
        assert found.metadata["model"] == "captions-k5-s0"
        assert found.metadata["weights_sha256"] == facts["weights_sha256"]
        assert (found.metadata["dataset"], found.metadata["split"]) == ("mad-digit-k5", "test")
        assert found.metadata["rows"] == len(found)
        assert found.vectors.shape[1] == 8
    assert len(images) == 120
    assert set(texts.table["kind"]) == {"caption", "class", "class_caption", "pair"}


def test_each_metric_table_is_tidy(study):
    tables = sorted((study.results / "metrics").glob("*/*.parquet"))
    assert len(tables) == len(MODELS)
    for path in tables:
        table = read_table(path)[0].to_pandas()
        assert list(table.columns) == METRIC_COLUMNS
        assert not table.duplicated(["metric", "modality"]).any()
        known = table.dropna(subset=["low", "high"])
        assert (known["low"] <= known["high"]).all()
        assert {"l2m", "rmg", "moad", "recall@1", "zero_shot:digit"} <= set(table["metric"])


def place(study, artifact):
    """The path of an artifact without its suffix."""
    declaration = artifact.declaration
    return study.results / declaration.source / declaration.name


@pytest.mark.parametrize("figure", FIGURES, ids=lambda each: each.declaration.target)
def test_every_figure_is_there_with_its_numbers(study, figure):
    path = place(study, figure)
    assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv(path.with_suffix(".csv"))) > 0


@pytest.mark.parametrize("table", TABLES, ids=lambda each: each.declaration.target)
def test_every_table_is_there_in_three_forms(study, table):
    path = place(study, table)
    rows = len(pd.read_csv(path.with_suffix(".csv")))
    assert rows > 0
    assert len(path.with_suffix(".md").read_text().splitlines()) == rows + 2
    assert path.with_suffix(".tex").read_text().startswith(r"\begin{tabular}")


def test_table4_has_a_row_for_each_pool(study):
    table = pd.read_csv(study.results / "two_effects" / "table4.csv").set_index("pool")
    assert table["training_size"].to_dict() == {
        "512 items, 50 % mismatched, none of those filtered": 512,
        "512 items, 50 % mismatched, all of those filtered": 256,
    }
    assert table["models"].tolist() == [1, 1]


def test_the_report_shows_every_artifact_with_its_caption(study):
    report = (study.results / "report.html").read_text()
    names = [f"{each.declaration.name}.png" for each in FIGURES]
    names += [f"{each.declaration.name}.csv" for each in TABLES]
    for name in (*names, "configuration.csv", "versions.csv"):
        assert name in report
    assert "Two Effects, One Trigger" in report


def test_one_figure_reruns_alone_after_a_plotting_change(study):
    module = study.folder / "workflow/modgap/artifacts/two_effects/fig7a.py"
    source = module.read_text()
    module.write_text(source + "\n# changed\n")
    try:
        assert study.planned("two_effects_fig7a") == {"two_effects_fig7a": 1}
        assert not study.planned("metrics")
    finally:
        module.write_text(source)


def test_a_metric_edit_measures_again_but_does_not_train_or_embed(study):
    module = study.folder / "workflow/modgap/metrics/separability.py"
    source = module.read_text()
    module.write_text(source + "\n# changed\n")
    try:
        planned = study.planned("all")
    finally:
        module.write_text(source)
    assert {"measure", "metric_table", "two_effects_fig3", "report"} <= set(planned)
    assert set(planned).isdisjoint({"mnist", "mad", "manifest", "train", "embed"})


def test_an_added_model_brings_only_its_own_jobs(study):
    config = yaml.safe_load((study.folder / "tiny.yaml").read_text())
    config["experiments"]["captions"]["train"]["seed"] = [0, 1]
    (study.folder / "more.yaml").write_text(yaml.safe_dump(config))
    jobs = study.planned("metrics", configfile="more.yaml")
    assert jobs["train"] == jobs["embed"] == jobs["measure"] == 2
    assert "mad" not in jobs


def test_a_misspelt_key_is_refused_before_anything_runs(study):
    (study.folder / "wrong.yaml").write_text("model: {epoch: 3}\n")
    code, output = study.snakemake("-n", configfile="wrong.yaml")
    assert code == 1
    assert "unknown key 'model.epoch'; did you mean 'epochs'?" in output


# The tests below leave the study out of date; they stand last.


def test_a_seed_gives_the_same_bits_again(study):
    weights = study.results / "models/captions-k1-s0/open_clip_model.safetensors"
    embeddings = study.results / "embeddings/captions-k1-s0/mad-digit-k1/image.parquet"
    before = sha256(weights), read_embeddings(embeddings).vectors
    target = "results/metrics/captions-k1-s0/mad-digit-k1.parquet"
    code, output = study.snakemake(target, "--forcerun", "mad")
    assert code == 0, output
    assert sha256(weights) == before[0]
    np.testing.assert_array_equal(read_embeddings(embeddings).vectors, before[1])


def test_a_failing_script_leaves_its_message_in_the_log_and_the_rest_stands(study):
    labels = study.results / "data/mad/test/labels.npy"
    kept = labels.with_suffix(".kept")
    shutil.copy2(labels, kept)
    try:
        labels.write_bytes(b"not an array")
        code, _ = study.snakemake("results/data/mad-digit-k1/texts.parquet")
        assert code == 1
        log = (study.results / "logs/manifest/mad-digit-k1.log").read_text()
        assert "labels.npy" in log
        assert (study.results / "models/captions-k1-s0/modgap.json").exists()
    finally:
        kept.replace(labels)
