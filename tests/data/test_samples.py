import numpy as np
import pytest
from helpers.tiny_data import save_array_manifest, save_file_manifest
from PIL import Image

from modgap.data.samples import COLUMNS, LONGEST, samples
from modgap.errors import InputError


def pixels_of(row):
    return np.frombuffer(row.pixels, np.uint8).reshape(row.height, row.width, 3)


def test_captions_stand_beside_their_rows_of_the_array(tmp_path):
    folder = save_array_manifest(tmp_path / "data", n=5)
    table = samples(folder, 3)
    assert list(table.columns) == [*COLUMNS]
    assert table["dataset"].tolist() == ["tiny"] * 3
    assert table["caption"].tolist() == ["a red dog", "a blue dog", "a red dog"]
    array = np.load(folder / "pixels.npy")  # the manifest lists its rows backwards
    for number, row in enumerate(table.itertuples()):
        np.testing.assert_array_equal(pixels_of(row), array[4 - number])


def test_image_files_are_read_where_there_is_no_array(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=3)
    table = samples(folder, 2)
    assert table["caption"].tolist() == ["photo of 0", "photo of 1"]
    assert table[["height", "width"]].to_numpy().tolist() == [[31, 45], [32, 44]]
    with Image.open(folder / "images/1.png") as image:
        np.testing.assert_array_equal(pixels_of(table.iloc[1]), np.asarray(image))


def test_large_files_are_reduced_and_gray_ones_get_three_channels(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=2)
    Image.new("L", (1024, 512), 77).save(folder / "images/1.png")
    row = samples(folder, 2).iloc[1]
    assert (row.height, row.width) == (LONGEST // 2, LONGEST)
    assert set(row.pixels) == {77}


def test_deep_and_turned_files_are_shown_as_the_models_see_them(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=2)
    deep = np.full((20, 30), 77 * 257, np.uint16)
    Image.fromarray(deep).save(folder / "images/1.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(folder / "images/0.jpg", exif=exif)
    table = samples(folder, 2)
    assert set(table["pixels"][1]) == {77}
    assert (table["height"][0], table["width"][0]) == (30, 20)


def test_fewer_captions_than_asked_for_are_all_there(tmp_path):
    folder = save_array_manifest(tmp_path / "data", n=2)
    assert len(samples(folder, 9)) == 2


def test_no_sample_is_refused(tmp_path):
    with pytest.raises(InputError, match="count: 0"):
        samples(save_array_manifest(tmp_path / "data"), 0)


def test_a_damaged_file_is_named(tmp_path):
    folder = save_file_manifest(tmp_path / "data", n=2)
    (folder / "images/0.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"0\.jpg: cannot be decoded"):
        samples(folder, 1)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((1, 2, 2, 3), np.uint8), "holds 1 images, but the manifest asks for row 4"),
        (np.zeros((5, 2, 2), np.uint8), r"uint8 array of shape \(5, 2, 2\); expected"),
        (np.zeros((5, 2, 2, 3)), "float64 array"),
    ],
)
def test_an_array_of_another_data_set_is_refused(tmp_path, array, message):
    folder = save_array_manifest(tmp_path / "data", n=5)
    np.save(folder / "pixels.npy", array)
    with pytest.raises(InputError, match=message):
        samples(folder, 2)


@pytest.mark.parametrize("content", [None, b"no array"])
def test_an_array_that_cannot_be_read_is_named(tmp_path, content):
    folder = save_array_manifest(tmp_path / "data", n=2)
    (folder / "pixels.npy").unlink()
    if content:
        (folder / "pixels.npy").write_bytes(content)
    with pytest.raises(InputError, match=r"pixels\.npy: not a readable"):
        samples(folder, 1)
