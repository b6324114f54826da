import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.tiny_emoji import save_emoji
from helpers.tiny_layouts import (
    save_caption_folder,
    save_cifar10,
    save_cifar10_pictures,
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
from modgap.data.watch import watched, watched_mnist
from modgap.embed.pixels import build_pixel_cache, open_pixel_cache
from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.formats.preprocessing import Preprocessing
from modgap.study.datasets import DatasetRow

PACKAGE = Path(__file__).parents[2] / "workflow"
ROW = DatasetRow("pets", "", "pets", "test", "", None, None, "no", "free", "url", "", "", "Make")
CAPTIONS = [("test", f"{n}.jpg", 0, f"animal {n}") for n in range(3)]


def _classes(folder):
    save_imagenet(folder, ["n1", "n2"])
    (folder / "classes.txt").write_text("n1 tench\nn2 goldfish\n")


def _captions(folder):
    save_caption_folder(folder, CAPTIONS)


def _one_folder_for_all_splits(folder):
    save_caption_folder(folder, [("images", *row[1:]) for row in CAPTIONS])
    table = folder / "captions.tsv"
    table.write_text(table.read_text().replace("\nimages", "\ntest"))


def _records_of_others(folder):
    _captions(folder)
    (folder / "captions.tsv").unlink()
    lines = [f'{{"file_name": "{n}.jpg", "text": "animal {n}"}}' for n in range(3)]
    (folder / "test" / "metadata.jsonl").write_text("\n".join(lines))


def _tokens(folder):
    _captions(folder)
    (folder / "captions.tsv").unlink()
    (folder / "test").rename(folder / "Pictures")
    lines = [f"{n}.jpg#0\tanimal {n}" for n in range(3)]
    (folder / "Flickr8k.token.txt").write_text("\n".join(lines))
    (folder / "Flickr_8k.testImages.txt").write_text("0.jpg\n1.jpg\n2.jpg\n")


def _captions_beside(folder):
    _captions(folder)
    (folder / "captions.tsv").unlink()
    for n in range(3):
        (folder / "test" / f"{n}.txt").write_text(f"animal {n}")
    (folder / "test" / "4.json").write_text('{"status": "failed_to_download"}')


def _tables(folder):
    save_image(folder / "a.png")
    for number in range(2):
        picture = {"bytes": (folder / "a.png").read_bytes(), "path": None}
        columns = {"image": [picture], "caption": ["animal"]}
        pq.write_table(pa.table(columns), folder / f"test-0000{number}-of-00002.parquet")


def _mad(folder):
    folder.mkdir()
    np.save(folder / "pixels.npy", np.zeros((5, 28, 28, 3), np.uint8))
    np.save(folder / "labels.npy", np.zeros((5, 6), np.uint8))


def _eurosat(folder):
    save_eurosat(folder, CLASSES)


def _unpacked_eurosat(folder):
    save_eurosat(folder / "2750", CLASSES)


def _svhn(folder):
    save_svhn(folder, [10, 1, 9])


def _memes(folder):
    save_memes(folder, [0, 1])


def _shards(folder):
    save_shards(folder, 2, 2)


def _nested_coco(folder):
    save_coco(folder)
    (folder / "images").mkdir()
    (folder / "val2017").rename(folder / "images" / "val2017")


LAYOUTS = {
    "coco": (save_coco, {"split": "val2017"}),
    "coco in images": (_nested_coco, {"adapter": "coco", "split": "val2017"}),
    "imagenet": (_classes, {"split": "val", "classes": "classes.txt"}),
    "imagenet_subset": (_classes, {"split": "val", "classes": "classes.txt"}),
    "compositions": (save_compositions, {}),
    "cifar10": (save_cifar10, {}),
    "cifar10 as pictures": (save_cifar10_pictures, {"adapter": "cifar10"}),
    "cifar100": (save_cifar100, {}),
    "caption_folder": (_captions, {}),
    "caption_folder of all splits": (_one_folder_for_all_splits, {"adapter": "caption_folder"}),
    "caption_folder of records": (_records_of_others, {"adapter": "caption_folder"}),
    "caption_folder of tokens": (_tokens, {"adapter": "caption_folder"}),
    "caption_folder of files": (_captions_beside, {"adapter": "caption_folder"}),
    "picture_table": (_tables, {}),
    "picture_shards": (_shards, {"split": "all"}),
    "fairface": (save_fairface, {"split": "val"}),
    "eurosat": (_eurosat, {"split": "all"}),
    "eurosat as unpacked": (_unpacked_eurosat, {"adapter": "eurosat", "split": "all"}),
    "svhn": (_svhn, {}),
    "hateful_memes": (_memes, {"split": "dev"}),
    "emoji": (save_emoji, {"split": "train"}),
    "mad": (_mad, {"dataset": "mad-digit-k1"}),
}

_opened: list[str] | None = None


def _note_opened(event, arguments):
    if event == "open" and _opened is not None and isinstance(arguments[0], str | os.PathLike):
        _opened.append(os.fspath(arguments[0]))


sys.addaudithook(_note_opened)


def row_of(layout):
    return replace(ROW, **{"adapter": layout} | LAYOUTS[layout][1])


def test_every_adapter_is_watched():
    assert {row_of(layout).adapter for layout in LAYOUTS} == set(ADAPTERS)


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_whatever_is_read_is_watched(tmp_path, layout):
    """Every file that the manifest's job opens is named, or its change changes the fingerprint."""
    global _opened
    folder = tmp_path / "source"
    LAYOUTS[layout][0](folder)
    row = row_of(layout)
    _opened = []
    try:
        build_manifest(row, folder, tmp_path / "out")
    finally:
        opened, _opened = _opened, None
    read = {path for path in opened if path.startswith(str(folder)) and Path(path).is_file()}
    before = watched(row, folder)
    assert read
    assert set(before.files) <= read | {str(folder / "classes.txt")}
    for path in read - set(before.files):
        kept = Path(path).stat()
        os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns + 1_000_000))
        assert watched(row, folder).images != before.images, path
        os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert watched(row, folder) == before


def test_no_path_and_no_time_is_in_the_fingerprint(tmp_path):
    found = []
    for place in ("one", "two"):
        _captions(tmp_path / place)
        for path in (tmp_path / place / "test").iterdir():
            os.utime(path, (1000, 1000))
        found.append(watched(row_of("caption_folder"), tmp_path / place).images)
    assert found[0] == found[1] != ""


def test_nothing_to_watch_where_nothing_is(tmp_path):
    for layout in LAYOUTS:
        if layout != "mad":
            seen = watched(row_of(layout), tmp_path / "nowhere")
            assert (seen.files, seen.images) == ((), "")
    # The study makes these itself: they are inputs before they are there.
    made = watched(row_of("mad"), tmp_path)
    assert made.files == (str(tmp_path / "pixels.npy"), str(tmp_path / "labels.npy"))


def test_a_corrected_data_set_is_another_manifest(tmp_path):
    folder = save_caption_folder(tmp_path / "source", CAPTIONS)
    row = row_of("caption_folder")

    def made():
        build_manifest(row, folder, tmp_path / "out", skip_bad=True)
        images, texts = (tmp_path / "out" / f"{n}.parquet" for n in ("images", "texts"))
        return watched(row, folder).images, images.read_bytes(), texts.read_bytes()

    first = made()
    assert made() == first
    # Another picture under the same name: the same rows, and yet another manifest.
    save_image(folder / "test" / "0.jpg", seed=99)
    second = made()
    assert (second[0] != first[0], second[1] != first[1], second[2] == first[2]) == (True,) * 3
    # Damaged, then repaired.
    sound = (folder / "test" / "1.jpg").read_bytes()
    (folder / "test" / "1.jpg").write_bytes(sound[:-300])
    third = made()
    (folder / "test" / "1.jpg").write_bytes(sound)
    fourth = made()
    assert len({second[0], third[0], fourth[0]}) == 3
    assert fourth[1:] == second[1:] != third[1:]


def test_a_cache_of_pictures_as_they_were_is_refused(tmp_path):
    folder = save_caption_folder(tmp_path / "source", CAPTIONS)
    row, preprocessing = row_of("caption_folder"), Preprocessing(28, 28)
    build_manifest(row, folder, tmp_path / "out")
    build_pixel_cache(tmp_path / "out", preprocessing, tmp_path / "cache")
    before = (tmp_path / "cache" / "cache.json").read_text()
    save_image(folder / "test" / "0.jpg", seed=99)
    build_manifest(row, folder, tmp_path / "out")
    with pytest.raises(InputError, match="made from 3 images that are not the 3 of pets"):
        open_pixel_cache(tmp_path / "cache", read_manifest(tmp_path / "out"))
    build_pixel_cache(tmp_path / "out", preprocessing, tmp_path / "cache")
    assert (tmp_path / "cache" / "cache.json").read_text() != before


def test_the_files_of_mnist(tmp_path):
    names = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"]
    for name in names:
        (tmp_path / f"{name}.gz").write_bytes(b"x")
    (tmp_path / names[0]).write_bytes(b"x")  # is read before the gzipped one
    (tmp_path / "readme.txt").write_bytes(b"x")
    expected = [names[0], f"{names[1]}.gz", f"{names[2]}.gz"]
    assert watched_mnist(tmp_path) == tuple(str(tmp_path / name) for name in expected)
    assert watched_mnist(tmp_path / "nowhere") == ()


def test_watching_needs_no_heavy_package():
    heavy = {"numpy", "pandas", "torch", "PIL", "pyarrow"}
    code = f"import sys, modgap.data.watch; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]", done.stderr
