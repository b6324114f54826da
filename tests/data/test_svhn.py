import numpy as np
import pytest
from helpers.tiny_layouts import save_svhn

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
