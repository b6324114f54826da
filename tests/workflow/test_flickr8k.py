"""1,000 real images and 5,000 captions through all rules, with a model of full width from a hub.

The weights are random, so every embedding can be made again here and recall must be chance.
"""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import open_clip
import pandas as pd
import pytest
import torch
import yaml
from helpers.hub_server import Hub, serve
from helpers.sheet_rows import add_row, model_row
from helpers.tiny_models import save_tiny_clip
from helpers.tiny_study import NONE, ROOT, Study, copy_repository
from PIL import Image
from safetensors.torch import save_file

from modgap.formats.embeddings import Embeddings, read_embeddings
from modgap.formats.files import sha256
from modgap.formats.tables import read_table

FLICKR8K = ROOT.parent / "shared" / "data" / "flickr8k"
pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not FLICKR8K.is_dir(), reason=f"no Flickr8k in {FLICKR8K}"),
]
IMAGES, CAPTIONS = 1000, 5000
PREPROCESSING = {"vit": "224-bicubic-shortest", "tiny": "28-bilinear-squash"}
DIMENSIONS = {"vit": 512, "tiny": 16}
RETRIEVAL = {"retrieval": "flickr8k", "classification": None, "attributes": None}
CONFIG = {
    "study": "flickr8k",
    "device": "cpu",
    "mad": {"train_items": 512, "test_items": 120},
    "training": {"probe_items": 60},
    "only": ["zoo", "training_sets", "close_up"],
    "experiments": {
        **NONE,
        "zoo": {"train": None, "sheet": list(PREPROCESSING), "data": RETRIEVAL},
        "training_sets": {"models": ["zoo"], "data": RETRIEVAL},
        "close_up": {"models": list(PREPROCESSING), "data": RETRIEVAL | {"class_sets": None}},
    },
    "folders": {"flickr8k": str(FLICKR8K)},
    "extraction": {"batch_size": 100},
    "statistics": {"resamples": 99, "bootstrap": 50},
}
# What captions alone can show, and what needs classes, attributes, close-ups or trained models.
SHOWN = {"fig3", "fig4a", "fig4b", "fig4c", "fig12", "table1", "table3"}
ABSENT = {"fig5a", "fig5b", "fig11a", "fig11b", "fig11c", "table2", "table4", "table5"}
ABSENT |= {"fig2", "fig6a", "fig6b", "fig7a", "fig7b"}


def save_vit(folder: Path) -> Path:
    """open_clip's ViT-B-32 with random weights, as a repository on the hub.

    To save time it has two layers in each tower, and its context ends at 40 tokens: no caption has
    more than 37, and what follows the end of a text has no part in its embedding.
    """
    config = open_clip.get_model_config("ViT-B-32")
    config["text_cfg"] |= {"context_length": 40, "layers": 2}
    config["vision_cfg"]["layers"] = 2
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def add_models(sheet: Path) -> None:
    """Each model is one more row of the sheet that the study declares."""
    for model, preprocessing in PREPROCESSING.items():
        cells = {"hub_repository": f"random/{model}", "preprocessing": preprocessing}
        add_row(sheet, **model_row(model, **cells))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    squash = {"interpolation": "bilinear", "resize_mode": "squash", "mean": [0.5] * 3}
    models = {
        "random/vit": save_vit(folder / "vit"),
        "random/tiny": save_tiny_clip(folder / "tiny", preprocess=squash),
    }
    with serve(models) as served, pytest.MonkeyPatch.context() as environment:
        # Its hash goes over all of the weights, and the files do not change.
        served.commit = cache(served.commit)
        environment.setenv("HF_ENDPOINT", served.address)
        environment.setenv("HF_HOME", str(folder / "home"))
        yield served


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, hub: Hub) -> Study:
    made = copy_repository(tmp_path_factory.mktemp("flickr8k"))
    add_models(made.folder / "config" / "models.tsv")
    (made.folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    code, output = made.snakemake("all")
    assert code == 0, output[-6000:]
    return made


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """The rows of the test split as the file has them."""
    with (FLICKR8K / "captions.tsv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in reader if row["split"] == "test"]


def embeddings(study: Study, model: str) -> tuple[Embeddings, Embeddings]:
    folder = study.results / "embeddings" / model / "flickr8k"
    return read_embeddings(folder / "image.parquet"), read_embeddings(folder / "text.parquet")


def test_one_pixel_cache_per_preprocessing(study):
    place = study.results / "pixels" / "flickr8k"
    assert {path.name for path in place.iterdir()} == set(PREPROCESSING.values())
    for key, size in (("224-bicubic-shortest", 224), ("28-bilinear-squash", 28)):
        assert json.loads((place / key / "cache.json").read_text())["images"] == IMAGES
        pixels = np.load(place / key / "pixels.npy", mmap_mode="r")
        assert (pixels.shape, pixels.dtype) == ((IMAGES, size, size, 3), np.uint8)


def test_nothing_of_the_data_is_refused_or_converted(study):
    report = study.results / "logs" / "manifest" / "flickr8k.problems.tsv"
    assert report.read_text() == "item\tproblem\taction\n"


@pytest.mark.parametrize("model", PREPROCESSING)
def test_rows_ids_order_and_captions_joined_to_their_images(study, rows, model):
    images, texts = embeddings(study, model)
    assert (len(images), len(texts)) == (IMAGES, CAPTIONS) == (1000, len(rows))
    assert images.table["id"].tolist() == list(dict.fromkeys(row["image"] for row in rows))
    assert texts.table["image_id"].tolist() == [row["image"] for row in rows]
    assert texts.table["text"].tolist() == [row["caption"] for row in rows]
    expected = [f"{row['image']}#{row['caption_index']}" for row in rows]
    assert texts.table["id"].tolist() == expected
    assert set(texts.table["kind"]) == {"caption"}
    assert (texts.table.groupby("image_id").size() == 5).all()


@pytest.mark.parametrize("model", PREPROCESSING)
def test_metadata_of_both_files(study, hub, model):
    weights = study.folder / "resources" / "models" / model / "open_clip_model.safetensors"
    for found, count in zip(embeddings(study, model), (IMAGES, CAPTIONS), strict=True):
        metadata = found.metadata
        assert (metadata["model"], metadata["rows"]) == (model, count)
        assert (metadata["dataset"], metadata["split"]) == ("flickr8k", "test")
        assert metadata["preprocessing"]["key"] == PREPROCESSING[model]
        assert metadata["embed_dim"] == DIMENSIONS[model] == found.vectors.shape[1]
        assert metadata["weights_sha256"] == sha256(weights)
        assert (metadata["precision"], metadata["device"]) == ("fp32", "cpu")
        assert metadata["logit_scale"] == pytest.approx(1 / 0.07)
        assert not metadata["normalized"]


@pytest.mark.parametrize("model", PREPROCESSING)
def test_embeddings_are_those_of_open_clip_by_hand(study, hub, model):
    images, texts = embeddings(study, model)
    some = [0, 499, 999]
    folder = hub.folders[f"random/{model}"]
    loaded, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    files = [FLICKR8K / "test" / images.table["id"][number] for number in some]
    batch = torch.stack([transform(Image.open(file)) for file in files])
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(texts.table["text"][some].tolist())
    with torch.no_grad():
        by_hand = loaded.eval().encode_image(batch), loaded.encode_text(tokens)
    for found, expected in zip((images, texts), by_hand, strict=True):
        expected = torch.nn.functional.normalize(expected).numpy()
        unit = found.vectors[some] / np.linalg.norm(found.vectors[some], axis=1, keepdims=True)
        np.testing.assert_allclose((unit * expected).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("model", PREPROCESSING)
def test_every_metric_and_recall_at_chance(study, rows, model):
    table = read_table(study.results / "metrics" / model / "flickr8k.parquet")[0].to_pandas()
    assert table[["model", "dataset", "split"]].drop_duplicates().to_numpy().tolist() == [
        [model, "flickr8k", "test"]
    ]
    found = table.set_index(["metric", "modality"])
    assert np.isfinite(found["value"]).all()
    for metric in ("l2m", "l2i", "rmg", "cosine_pairs", "alignment"):
        assert found.loc[(metric, "both"), "n"] == CAPTIONS
    assert 0 < found.loc[("l2m", "both"), "value"] <= 2
    # The same sentence about two images is one query.
    queries = {"image_to_text": IMAGES, "text_to_image": len({row["caption"] for row in rows})}
    for modality, n in queries.items():
        for k in (1, 5, 10):
            # One of five captions among k of 5,000, or one image among k of 1,000: k / 1,000
            # (the first a little less, since two of the five may be among the k).
            chance, recall = k / IMAGES, found.loc[(f"recall@{k}", modality)]
            spread = np.sqrt(chance * (1 - chance) / IMAGES)
            assert recall["n"] == n
            assert abs(recall["value"] - chance) < 5 * spread
            assert recall["low"] <= recall["value"] <= recall["high"]


def test_both_models_stand_in_the_study_wide_tables(study):
    table = read_table(study.results / "metrics" / "zoo.parquet")[0].to_pandas()
    assert set(table["model"]) == set(PREPROCESSING)
    models = pd.read_csv(study.results / "models" / "zoo.csv")
    assert models["model"].tolist() == list(PREPROCESSING)


def test_artifacts_are_those_that_captions_can_show(study):
    found = {path.stem for path in (study.results / "two_effects").glob("*.csv")}
    assert found >= SHOWN
    assert found.isdisjoint(ABSENT)
    assert (study.results / "report.html").stat().st_size > 0
