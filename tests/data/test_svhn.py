import numpy as np
import pytest
from helpers.tiny_layouts import save_svhn
from scipy.io import savemat

from modgap.data.svhn import svhn
from modgap.errors import InputError


def test_ten_stands_for_zero(tmp_path):
    pixels = save_svhn(tmp_path, [10, 1, 9])
    draft = svhn(tmp_path, "test", tmp_path / "out")
    assert draft.images["digit"].tolist() == ["0", "1", "9"]
    stored = np.load(tmp_path / "out" / "pixels.npy")
    np.testing.assert_array_equal(stored[1], pixels[..., 1])
    assert draft.root == tmp_path / "out"
    assert draft.images["row"].tolist() == [0, 1, 2]
    assert draft.texts["text"].iloc[3] == 'a street sign of the number: "3".'
    assert len(draft.texts) == 10


@pytest.mark.parametrize(
    ("save", "message"),
    [
        (lambda folder: save_svhn(folder, [0, 1, 2]), "y of image 0 is 0, expected 1 to 10"),
        (lambda folder: save_svhn(folder, [1, 2]), "one label for each of 3 images"),
        (lambda folder: save_svhn(folder, [1, 2, 3], (28, 28, 3)), "expected X of shape"),
        (lambda folder: save_svhn(folder, [1, 2, 3], dtype=np.float64), "uint8"),
        (lambda folder: (folder / "test_32x32.mat").write_bytes(b"MATLAB 5.0"), "no MATLAB file"),
        (lambda folder: None, "no such file"),
    ],
)
def test_other_files_are_refused(tmp_path, save, message):
    save(tmp_path)
    with pytest.raises(InputError, match=message):
        svhn(tmp_path, "test", tmp_path / "out")
    assert not (tmp_path / "out" / "pixels.npy").exists()


def test_another_split_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected test, train or extra"):
        svhn(tmp_path, "val", tmp_path / "out")


@pytest.mark.parametrize("labels", [[2, 1.5], [2, np.nan], ["2", "a"], np.array([2, "a"], object)])
def test_a_label_that_is_no_whole_number_is_refused(tmp_path, labels):
    """1.5 became 1, and a word a traceback."""
    savemat(tmp_path / "test_32x32.mat", {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": labels})
    with pytest.raises(InputError, match=r"y of image \d is .*, expected 1 to 10"):
        svhn(tmp_path, "test", tmp_path / "out")


def test_labels_may_be_floats(tmp_path):
    content = {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.array([2.0, 10.0])}
    savemat(tmp_path / "test_32x32.mat", content)
    assert svhn(tmp_path, "test", tmp_path / "out").images["digit"].tolist() == ["2", "0"]
