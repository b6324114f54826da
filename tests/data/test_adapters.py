from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.tiny_emoji import save_emoji
from helpers.tiny_layouts import (
    save_caption_folder,
    save_cifar10,
    save_cifar100,
    save_coco,
    save_compositions,
    save_eurosat,
    save_fairface,
    save_image,
    save_imagenet,
    save_memes,
    save_svhn,
)
from helpers.tiny_shards import save_shards

from modgap.data.adapters import ADAPTERS, build_manifest
from modgap.data.eurosat import CLASSES
from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.study.datasets import ADAPTER_NAMES, DatasetRow, read_datasets

SHEET = Path(__file__).parents[2] / "config" / "datasets.tsv"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
ROW = DatasetRow(
    "pets", "coco", "coco", "val2017", "", None, None, "no", "free", "url", "", "", "Unpack it"
)


def _imagenet(folder):
    save_imagenet(folder, ["n1", "n2"])
    (folder / "classes.txt").write_text("n1 tench\nn2 goldfish\n")


def _captions(folder):
    save_caption_folder(folder, [("test", f"{i}.jpg", 0, f"animal {i}") for i in range(3)])


def _mad(folder):
    folder.mkdir()
    np.save(folder / "pixels.npy", np.zeros((5, 28, 28, 3), np.uint8))
    np.save(folder / "labels.npy", np.zeros((5, 6), np.uint8))


def _eurosat(folder):
    save_eurosat(folder / "2750", CLASSES)


def _svhn(folder):
    save_svhn(folder, [10, 1, 9])


def _memes(folder):
    save_memes(folder, [0, 1])


def _tables(folder):
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        save_image(folder / name)
    pictures = [{"bytes": path.read_bytes(), "path": None} for path in sorted(folder.iterdir())]
    columns = {"image": pictures, "captions": [["a", "b"], ["c", "d"]]}
    pq.write_table(pa.table(columns), folder / "test-00000-of-00001.parquet")


def _shards(folder):
    save_shards(folder, 2, 2)


LAYOUTS = {
    "coco": (save_coco, "val2017", "", 3, 15),
    "imagenet": (_imagenet, "val", "classes.txt", 4, 2),
    "imagenet_subset": (_imagenet, "val", "classes.txt", 4, 2),
    "compositions": (save_compositions, "test", "", 4, 8),
    "cifar10": (save_cifar10, "test", "", 6, 3),
    "cifar100": (save_cifar100, "test", "", 4, 2),
    "caption_folder": (_captions, "test", "", 3, 3),
    "picture_table": (_tables, "test", "", 2, 4),
    "picture_shards": (_shards, "all", "", 4, 4),
    "fairface": (save_fairface, "val", "", 3, 21),
    "eurosat": (_eurosat, "all", "", 20, 10),
    "svhn": (_svhn, "test", "", 3, 10),
    "hateful_memes": (_memes, "dev", "", 2, 2),
    "emoji": (save_emoji, "style", "", 9, 11),
    "mad": (_mad, "test", "", 5, 70),
}


def test_the_sheet_knows_every_adapter():
    assert tuple(ADAPTERS) == ADAPTER_NAMES


@pytest.mark.parametrize("adapter", list(ADAPTERS))
def test_every_adapter_gives_a_sound_manifest(tmp_path, adapter):
    make, split, classes, images, texts = LAYOUTS[adapter]
    make(tmp_path / "source")
    row = replace(ROW, adapter=adapter, split=split, classes=classes, images=images, texts=texts)
    row = replace(row, dataset="mad-digit-colour" if adapter == "mad" else "pets")
    build_manifest(row, tmp_path / "source", tmp_path / "out")
    manifest = read_manifest(tmp_path / "out")
    assert (len(manifest.images), len(manifest.texts)) == (images, texts)
    assert (manifest.dataset, manifest.split) == (row.dataset, split)
    assert all((Path(manifest.root) / path).is_file() for path in manifest.images["path"])
    labelled = manifest.texts[manifest.texts["kind"] != "caption"]
    for factor, prompts in labelled.groupby("factor"):
        assert set(manifest.images[factor]) <= set(prompts["label"])
    report = pd.read_csv(tmp_path / "out" / "problems.tsv", sep="\t")
    assert set(report["action"]) <= {"ignored"}


def test_a_missing_folder_says_how_to_get_the_data(tmp_path):
    expected = r"pets: folder .*nowhere not found\. Unpack it \(url\); then set folders\.coco"
    with pytest.raises(InputError, match=expected):
        build_manifest(ROW, tmp_path / "nowhere", tmp_path / "out")


def test_a_wrong_count_is_an_error_with_both_numbers(tmp_path):
    save_coco(tmp_path / "source")
    with pytest.raises(InputError, match="3 images found, 5000 expected"):
        build_manifest(replace(ROW, images=5000), tmp_path / "source", tmp_path / "out")
    assert not (tmp_path / "out" / "images.parquet").exists()


@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_missing_class_is_named_with_the_wrong_count(tmp_path, skip_bad):
    _imagenet(tmp_path / "source")
    with (tmp_path / "source" / "classes.txt").open("a") as file:
        file.write("n3 great white shark\n")
    (tmp_path / "source" / "val" / "n1" / "Thumbs.db").write_bytes(b"x")
    row = replace(ROW, adapter="imagenet", split="val", classes="classes.txt", images=6, texts=3)
    expected = (
        r"4 images found, 6 expected.*n3: class without a folder; its prompt stays a candidate"
    )
    with pytest.raises(InputError, match=expected):
        build_manifest(row, tmp_path / "source", tmp_path / "out", skip_bad=skip_bad)
    assert (tmp_path / "out" / "problems.tsv").read_text().splitlines()[1:] == [
        "n3\tclass without a folder; its prompt stays a candidate\trefused",
        "val/n1/Thumbs.db\tnot an image\tignored",
    ]


def test_skipping_is_no_wrong_count_and_the_report_can_lie_elsewhere(tmp_path):
    folder = save_coco(tmp_path / "source")
    (folder / "val2017" / "000000000099.jpg").write_bytes(b"")
    report = tmp_path / "logs" / "problems.tsv"
    row = replace(ROW, images=3, texts=15)
    with pytest.raises(InputError, match=r"1 problems: val2017/000000000099\.jpg: empty file"):
        build_manifest(row, folder, tmp_path / "out", report=report)
    assert "refused" in report.read_text()
    manifest = build_manifest(row, folder, tmp_path / "out", skip_bad=True, report=report)
    assert (len(manifest.images), len(manifest.texts)) == (2, 10)
    assert report.read_text().splitlines()[1] == "val2017/000000000099.jpg\tempty file\tskipped"


def test_a_label_number_without_name_is_refused(tmp_path):
    save_cifar10(tmp_path / "source", n=6)
    meta = tmp_path / "source" / "cifar-10-batches-py" / "batches.meta"
    meta.write_bytes(meta.read_bytes().replace(b"T\x04\x00\x00\x00bird", b""))
    row = replace(ROW, adapter="cifar10", split="test")
    with pytest.raises(InputError, match="class 'number 2' is not in the list of classes"):
        build_manifest(row, tmp_path / "source", tmp_path / "out")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data beside the checkout")
def test_flickr8k_becomes_a_manifest(tmp_path):
    row = read_datasets(SHEET)["flickr8k"]
    build_manifest(row, SHARED / "flickr8k", tmp_path)
    manifest = read_manifest(tmp_path)
    assert (len(manifest.images), len(manifest.texts)) == (1000, 5000)
    assert np.unique(manifest.texts["image_id"], return_counts=True)[1].tolist() == [5] * 1000
