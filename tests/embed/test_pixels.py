import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.tiny_data import save_array_manifest, save_file_manifest
from PIL import Image

from modgap.embed import pixels
from modgap.embed.pixels import build_pixel_cache, open_pixel_cache
from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.formats.preprocessing import Preprocessing

SMALL = Preprocessing(28, 28)


def test_files_are_decoded_in_manifest_order(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=5)
    cache = build_pixel_cache(folder, SMALL, tmp_path / "cache", workers=3)
    manifest = read_manifest(folder)
    assert len(cache) == 5
    assert cache.batch(0, 5).shape == (5, 28, 28, 3)
    for number, path in enumerate(manifest.images["path"]):
        with Image.open(folder / path) as image:
            expected = np.asarray(SMALL.resize()(image))
        np.testing.assert_array_equal(cache.batch(number, number + 1)[0], expected)


def test_chunks_join_without_a_seam(tmp_path, monkeypatch):
    folder = save_file_manifest(tmp_path / "data", n=7)
    whole = build_pixel_cache(folder, SMALL, tmp_path / "whole", workers=1).batch(0, 7)
    monkeypatch.setattr(pixels, "_CHUNK", 3)
    np.testing.assert_array_equal(
        build_pixel_cache(folder, SMALL, tmp_path / "parts").batch(0, 7), whole
    )


def test_an_array_of_the_right_size_is_the_cache_itself(tmp_path):
    folder = save_array_manifest(tmp_path / "data", n=5)
    cache = build_pixel_cache(folder, SMALL, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["cache.json"]
    # The manifest lists the rows backwards.
    array = np.load(folder / "pixels.npy")
    np.testing.assert_array_equal(cache.batch(0, 5), array[::-1])
    np.testing.assert_array_equal(cache.batch(1, 3), array[[3, 2]])


def test_an_array_of_another_size_is_resized(tmp_path):
    folder = save_array_manifest(tmp_path / "data", n=3)
    other = Preprocessing(14, 14, "bilinear")
    cache = build_pixel_cache(folder, other, tmp_path / "cache")
    array = np.load(folder / "pixels.npy")
    expected = [np.asarray(Image.fromarray(image).resize((14, 14), 2)) for image in array[::-1]]
    np.testing.assert_array_equal(cache.batch(0, 3), expected)


def test_a_cache_of_another_list_of_images_is_refused(tmp_path):
    five = save_array_manifest(tmp_path / "five", n=5)
    four = read_manifest(save_array_manifest(tmp_path / "four", n=4))
    build_pixel_cache(five, SMALL, tmp_path / "cache")
    with pytest.raises(InputError, match="made from 5 images that are not the 4 of tiny/test"):
        open_pixel_cache(tmp_path / "cache", four)
    with pytest.raises(InputError, match="build the pixel cache"):
        open_pixel_cache(tmp_path / "nowhere", four)


def test_a_data_set_that_was_moved_keeps_its_cache(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=3)
    before = build_pixel_cache(folder, SMALL, tmp_path / "cache").batch(0, 3).copy()
    manifest = read_manifest(folder)
    moved = replace(manifest, root="/somewhere/else")
    np.testing.assert_array_equal(open_pixel_cache(tmp_path / "cache", moved).batch(0, 3), before)
    for column, other in (("image_id", "new"), ("path", "images/9.jpg"), ("row", 7)):
        images = manifest.images.copy()
        images.loc[1, column] = other
        with pytest.raises(InputError, match="made from 3 images that are not the 3 of files/val"):
            open_pixel_cache(tmp_path / "cache", replace(manifest, images=images))


def test_a_cache_without_its_pixels_says_what_to_delete(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=2)
    build_pixel_cache(folder, SMALL, tmp_path / "cache")
    (tmp_path / "cache" / "pixels.npy").unlink()
    with pytest.raises(InputError, match=r"pixels\.npy: no such file; delete .*/cache\.json to"):
        open_pixel_cache(tmp_path / "cache", read_manifest(folder))


def test_a_cache_whose_array_changed_is_refused(tmp_path):
    folder = save_array_manifest(tmp_path / "data", n=5)
    build_pixel_cache(folder, SMALL, tmp_path / "cache")
    array = np.load(folder / "pixels.npy")
    np.save(folder / "pixels.npy", array[:3])
    with pytest.raises(InputError, match="holds 3 images, but image 0 of the manifest is its row"):
        open_pixel_cache(tmp_path / "cache", read_manifest(folder))
    np.save(folder / "pixels.npy", array.astype(np.float32))
    with pytest.raises(InputError, match=r"float32 array.*expected uint8 pixels"):
        open_pixel_cache(tmp_path / "cache", read_manifest(folder))
    np.save(folder / "pixels.npy", array[:, :14, :14])
    with pytest.raises(InputError, match="14×14 pixels, but the cache is declared as 28-bicubic"):
        open_pixel_cache(tmp_path / "cache", read_manifest(folder))


@pytest.mark.parametrize("contents", [b"", b"\xff\xd8\xff\xe0 not a picture"])
def test_a_broken_image_is_named_and_leaves_nothing(tmp_path, contents):
    folder = save_file_manifest(tmp_path / "data", n=4)
    (folder / "images" / "2.jpg").write_bytes(contents)
    with pytest.raises(InputError, match=r"images/2\.jpg: cannot be decoded.*or remove it from"):
        build_pixel_cache(folder, SMALL, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_truncated_image_is_not_filled_up_with_grey(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=2)
    path = folder / "images" / "0.jpg"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"images/0\.jpg: cannot be decoded"):
        build_pixel_cache(folder, SMALL, tmp_path / "cache")


def test_too_little_room_is_seen_before_decoding(tmp_path, monkeypatch):
    folder = save_file_manifest(tmp_path / "data", n=2)
    usage = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    monkeypatch.setattr(pixels, "_Decoder", lambda *args: pytest.fail("decoded"))
    with pytest.raises(InputError, match=r"no space left.*are needed.*are free"):
        build_pixel_cache(folder, SMALL, tmp_path / "cache")


class _FullDisk:
    """A file whose disk is full after `room` bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        self.room -= memoryview(data).nbytes
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(data)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.file.close()


def test_a_disk_that_fills_up_leaves_no_half_file_and_keeps_the_rest(tmp_path, monkeypatch):
    folder = save_file_manifest(tmp_path / "data", n=4)
    cache = tmp_path / "cache"
    build_pixel_cache(folder, Preprocessing(14, 14), cache / "14")
    before = (cache / "14" / "pixels.npy").read_bytes()
    real = Path.open

    def opened(path, mode="r", **options):
        file = real(path, mode, **options)
        return _FullDisk(file, room=5000) if mode == "wb" else file

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(InputError, match=r"28/pixels\.npy: no space left on the disk"):
        build_pixel_cache(folder, SMALL, cache / "28")
    assert not list((cache / "28").iterdir())
    assert (cache / "14" / "pixels.npy").read_bytes() == before


def test_the_index_names_the_array_relatively(tmp_path):
    folder = save_array_manifest(tmp_path / "data", n=2)
    build_pixel_cache(folder, SMALL, tmp_path / "cache")
    record = json.loads((tmp_path / "cache" / "cache.json").read_text())
    assert record["array"] == "../data/pixels.npy"
    assert record["images"] == 2
    assert record["preprocessing"] == "28-bicubic-shortest"
