"""Real data is never clean: what is wrong is named, then refused or skipped, never dropped."""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from helpers.hub_server import serve
from helpers.sheet_rows import add_row, dataset_row, model_row
from helpers.tiny_layouts import save_caption_folder, save_image, save_imagenet
from helpers.tiny_models import save_tiny_clip
from helpers.tiny_study import NONE, Study, copy_repository
from PIL import Image

from modgap.embed.pixels import open_pixel_cache
from modgap.formats.embeddings import read_embeddings
from modgap.formats.manifest import read_manifest
from modgap.formats.tables import read_table

pytestmark = pytest.mark.workflow
GOOD = ["a.jpg", "b.png", "c.jpg"]
CONFIG = {
    "device": "cpu",
    "mad": {"train_items": 512, "test_items": 120},
    "training": {"probe_items": 60},
    "experiments": {
        **NONE,
        "zoo": {
            "train": None,
            "sheet": ["tiny"],
            "data": {"retrieval": "pictures", "classification": "classes", "attributes": None},
        },
    },
    "folders": {"pictures": "real/pictures", "classes": "real/classes"},
    "statistics": {"resamples": 99, "bootstrap": 50},
}
MANIFESTS = [f"results/data/{dataset}/texts.parquet" for dataset in ("pictures", "classes")]
NOTED = {
    ("test/cmyk.jpg", "colour mode CMYK", "converted to RGB"),
    ("test/palette.png", "colour mode P", "converted to RGB"),
    ("test/c.jpg", "the same file as test/a.jpg", "kept"),
}
# Item and the start of what is wrong with it, in the caption folder.
WRONG = {
    ("a.jpg#0", "text id used before"),
    ("test/corrupt.jpg", "cannot be decoded"),
    ("test/empty.jpg", "empty file"),
    ("test/ghost.jpg", "missing file"),
    ("test/silent.jpg", "image without caption"),
}


def save_pictures(folder: Path) -> None:
    """Three good images, two in other colour modes, and one of every fault."""
    names = [*GOOD, "cmyk.jpg", "palette.png", "corrupt.jpg", "empty.jpg", "ghost.jpg"]
    rows = [("test", name, turn, f"Caption {turn} of {name}") for name in names for turn in (0, 1)]
    save_caption_folder(folder, [*rows, ("test", "a.jpg", 0, "An id that was used before")])
    test = folder / "test"
    save_image(test / "cmyk.jpg", mode="CMYK", seed=11)
    save_image(test / "palette.png", mode="P", seed=12)
    save_image(test / "silent.jpg")
    (test / "c.jpg").write_bytes((test / "a.jpg").read_bytes())
    (test / "corrupt.jpg").write_bytes((test / "corrupt.jpg").read_bytes()[:-300])
    (test / "empty.jpg").write_bytes(b"")
    (test / "ghost.jpg").unlink()


def save_classes(folder: Path) -> None:
    """Three folders of images, one of which is in no list of classes."""
    save_imagenet(folder, ["n01440764", "n01443537", "n99999999"])
    (folder / "classes.txt").write_text("n01440764 tench\nn01443537 goldfish\n")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    made = copy_repository(tmp_path_factory.mktemp("bad"))
    config = made.folder / "config"
    add_row(config / "datasets.tsv", **dataset_row("pictures", "caption_folder", how="Make"))
    classes = dataset_row("classes", "imagenet", split="val", classes="classes.txt")
    add_row(config / "datasets.tsv", **classes)
    add_row(config / "models.tsv", **model_row("tiny", hub_repository="tiny/clip"))
    save_pictures(made.folder / "real" / "pictures")
    save_classes(made.folder / "real" / "classes")
    for name, skip_bad in (("error", []), ("skip", ["classes", "pictures"])):
        text = yaml.safe_dump(CONFIG | {"study": "bad", "skip_bad": skip_bad})
        (made.folder / f"{name}.yaml").write_text(text)
    folder = tmp_path_factory.mktemp("hub")
    with (
        serve({"tiny/clip": save_tiny_clip(folder / "clip", layers=1)}) as hub,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("HF_ENDPOINT", hub.address)
        environment.setenv("HF_HOME", str(folder / "home"))
        yield made


@pytest.fixture(scope="module")
def refused(study: Study) -> str:
    """What a run that refuses bad data prints."""
    code, output = study.snakemake(*MANIFESTS, configfile="error.yaml")
    assert code == 1
    assert not list(study.results.glob("data/*/*.parquet"))
    reports = {name: report(study, name) for name in ("pictures", "classes")}
    assert {row["action"] for rows in reports.values() for row in rows} == {
        "refused",
        "converted to RGB",
        "kept",
    }
    return output


@pytest.fixture(scope="module")
def skipped(study: Study, refused: str) -> Study:
    """The same folder after a run that leaves bad data out, for the pictures up to the metrics."""
    measured = "results/metrics/tiny/pictures.parquet"
    code, output = study.snakemake(measured, *MANIFESTS, configfile="skip.yaml")
    assert code == 0, output[-5000:]
    return study


def report(study: Study, dataset: str) -> list[dict[str, str]]:
    path = study.results / "logs" / "manifest" / f"{dataset}.problems.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_a_refusal_shows_every_file_and_what_to_do(refused):
    for item, problem in WRONG:
        assert f"{item}\t{problem}" in refused
    assert "data set pictures: 5 problems" in refused
    assert "n99999999: folder is not in the list of classes" in refused
    assert "add pictures to skip_bad in the configuration to leave these rows out" in refused


def test_the_report_names_what_was_skipped_and_what_was_converted(skipped):
    rows = {(row["item"], row["problem"], row["action"]) for row in report(skipped, "pictures")}
    left_out = rows - NOTED
    assert rows >= NOTED
    assert {action for *_, action in left_out} == {"skipped"}
    assert {item for item, *_ in left_out} == {item for item, _ in WRONG}
    for item, start in WRONG:
        assert any(row[0] == item and row[1].startswith(start) for row in left_out)
    assert [(row["item"], row["action"]) for row in report(skipped, "classes")] == [
        ("n99999999", "skipped")
    ]


def test_the_rest_is_embedded_and_measured(skipped):
    kept = [*GOOD, "cmyk.jpg", "palette.png"]
    folder = skipped.results / "embeddings" / "tiny" / "pictures"
    images, texts = (read_embeddings(folder / f"{kind}.parquet") for kind in ("image", "text"))
    assert images.table["id"].tolist() == kept
    assert texts.table["id"].tolist() == [f"{name}#{turn}" for name in kept for turn in (0, 1)]
    assert texts.table["image_id"].tolist() == [name for name in kept for _ in (0, 1)]
    assert texts.table["text"][0] == "Caption 0 of a.jpg"
    assert (images.metadata["rows"], texts.metadata["rows"]) == (5, 10)
    table = read_table(skipped.results / "metrics/tiny/pictures.parquet")[0].to_pandas()
    n = table.set_index(["metric", "modality"])["n"]
    # a.jpg and c.jpg are one picture: a search by either counts once.
    assert (n["recall@1", "image_to_text"], n["recall@1", "text_to_image"]) == (4, 10)


def test_other_colour_modes_are_seen_by_the_model_in_rgb(skipped):
    manifest = read_manifest(skipped.results / "data" / "pictures")
    cache = open_pixel_cache(skipped.results / "pixels/pictures/28-bicubic-shortest", manifest)
    for number, name in ((3, "cmyk.jpg"), (4, "palette.png")):
        with Image.open(skipped.folder / "real/pictures/test" / name) as image:
            expected = np.asarray(image.convert("RGB"), dtype=float).mean(axis=(0, 1))
        found = cache.batch(number, number + 1)[0].mean(axis=(0, 1))
        np.testing.assert_allclose(found, expected, atol=12)


def test_images_of_an_unknown_class_are_left_out(skipped):
    manifest = read_manifest(skipped.results / "data" / "classes")
    assert manifest.images["class"].tolist() == ["n01440764"] * 2 + ["n01443537"] * 2
    assert manifest.texts["text"].tolist() == ["A photo of a tench.", "A photo of a goldfish."]


def test_a_data_set_is_redone_for_what_decides_it_alone(skipped):
    config = yaml.safe_load((skipped.folder / "skip.yaml").read_text())
    (skipped.folder / "one.yaml").write_text(yaml.safe_dump(config | {"skip_bad": ["pictures"]}))
    assert skipped.planned(*MANIFESTS, configfile="one.yaml") == {"manifest": 1}
    sheet = skipped.folder / "config" / "datasets.tsv"
    before = sheet.read_text()
    sheet.write_text(before.replace("\tMake\n", "\tAsk somebody\n"))
    assert sheet.read_text() != before
    assert skipped.planned(*MANIFESTS, configfile="skip.yaml") == {}
    sheet.write_text(before.replace("\tpictures\ttest\t", "\tpictures\ttrain\t"))
    assert skipped.planned(*MANIFESTS, configfile="skip.yaml") == {"manifest": 1}
    sheet.write_text(before)


def test_a_picture_that_was_repaired_is_seen(skipped):
    broken = skipped.folder / "real" / "pictures" / "test" / "corrupt.jpg"
    bytes_before, state = broken.read_bytes(), broken.stat()
    save_image(broken, seed=13)
    assert skipped.planned(*MANIFESTS, configfile="skip.yaml") == {"manifest": 1}
    broken.write_bytes(bytes_before)
    os.utime(broken, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert skipped.planned(*MANIFESTS, configfile="skip.yaml") == {}


IN_A_SMALL_DISK = """
mkdir -p "$1"
mount -t tmpfs -o size=4k none "$1"
touch "$1/something"  # else Snakemake takes the empty folder away
shift
"$@"
code=$?
ls -A results/embeddings/tiny/classes
exit $code
"""


def can_mount() -> bool:
    """May a disk be mounted here, in a name space of its own?"""
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", tempfile.gettempdir()]
    return bool(shutil.which("unshare")) and subprocess.run(command).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no disk can be mounted without being root")
def test_a_disk_that_fills_up_takes_no_other_embedding_with_it(skipped):
    """A disk of 4 KiB stands in the place where one of the two data sets is embedded."""
    others = sorted(skipped.results.glob("embeddings/tiny/pictures/*.parquet"))
    before = {path: path.read_bytes() for path in others}
    assert len(before) == 2
    command = ["unshare", "-Urm", "sh", "-c", IN_A_SMALL_DISK, "sh"]
    command += ["results/embeddings/tiny/classes", sys.executable, "-m", "snakemake"]
    command += ["--cores", "2", "embeddings", "--configfile", "skip.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(skipped.folder / "workflow")}
    done = subprocess.run(
        command, cwd=skipped.folder, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1
    assert "text.parquet: no space left on the disk" in done.stderr
    assert done.stdout.split() == ["something"]
    assert {path: path.read_bytes() for path in others} == before
