import pickle

import numpy as np
import pytest
from helpers.tiny_layouts import python2_pickle, save_cifar10, save_cifar10_pictures, save_cifar100
from PIL import Image

from modgap.data.cifar import cifar10, cifar100
from modgap.errors import InputError
from modgap.formats.pickles import read_pickle


def test_cifar10(tmp_path):
    pixels = save_cifar10(tmp_path / "cifar", n=6)
    draft = cifar10(tmp_path / "cifar", "test", tmp_path / "out")
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "pixels.npy"), pixels)
    assert draft.root == tmp_path / "out"
    assert draft.images["row"].tolist() == [0, 1, 2, 3, 4, 5]
    assert draft.images["class"].tolist() == ["airplane", "automobile", "bird"] * 2
    assert draft.texts["text"].tolist() == [
        "A photo of a airplane",
        "A photo of a automobile",
        "A photo of a bird",
    ]


def test_cifar100_has_its_fine_classes(tmp_path):
    draft = cifar100(save_cifar100(tmp_path / "cifar"), "test", tmp_path / "out")
    assert draft.images["class"].tolist() == ["apple", "aquarium_fish"] * 2
    assert draft.texts["text"].tolist() == ["A photo of a apple", "A photo of a aquarium fish"]
    assert draft.texts["label"].tolist() == ["apple", "aquarium_fish"]


def test_the_training_batches_are_joined_in_order(tmp_path):
    save_cifar10(tmp_path / "cifar", n=2)
    place = tmp_path / "cifar" / "cifar-10-batches-py"
    for number in range(1, 6):
        data = np.full((2, 3072), number, np.uint8)
        contents = {b"labels": [0, 1], b"data": data}
        (place / f"data_batch_{number}").write_bytes(python2_pickle(contents))
    draft = cifar10(tmp_path / "cifar", "train", tmp_path / "out")
    pixels = np.load(tmp_path / "out" / "pixels.npy")
    assert pixels[:, 0, 0, 0].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert len(draft.images) == 10


def test_cifar10_as_pictures_of_the_npm_package(tmp_path):
    pixels = save_cifar10_pictures(tmp_path / "package", n=4)
    draft = cifar10(tmp_path / "package", "test", tmp_path / "out")
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "pixels.npy"), pixels)
    assert draft.images["class"].tolist() == ["cat", "ship", "ship", "airplane"]
    assert len(draft.texts) == 10
    Image.new("RGB", (9, 4)).save(tmp_path / "package" / "test_batch.png")
    with pytest.raises(InputError, match=r"test_batch\.png: expected a picture 1024 pixels wide"):
        cifar10(tmp_path / "package", "test", tmp_path / "out")


class _Attack:
    def __reduce__(self):
        return print, ("code from a data file ran",)


def test_a_pickle_with_code_is_refused_without_running_it(tmp_path, capsys):
    save_cifar10(tmp_path / "cifar")
    path = tmp_path / "cifar" / "cifar-10-batches-py" / "test_batch"
    path.write_bytes(pickle.dumps({"data": _Attack()}))
    with pytest.raises(
        InputError, match=r"test_batch: pickle file: refused to load builtins\.print"
    ):
        cifar10(tmp_path / "cifar", "test", tmp_path / "out")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("damage", [lambda data: data[:50], lambda data: b"", lambda data: b"zzz"])
def test_a_damaged_pickle_is_named(tmp_path, damage):
    path = tmp_path / "batch"
    path.write_bytes(damage(python2_pickle({b"data": np.zeros((9, 9), np.uint8)})))
    with pytest.raises(InputError, match="batch: not a readable pickle file"):
        read_pickle(path)


def test_other_contents_are_named(tmp_path):
    save_cifar10(tmp_path / "cifar")
    path = tmp_path / "cifar" / "cifar-10-batches-py" / "test_batch"
    path.write_bytes(python2_pickle({b"data": np.zeros((2, 9), np.uint8), b"labels": [0, 0]}))
    with pytest.raises(InputError, match=r"test_batch: expected uint8 pixels of shape \(n, 3072\)"):
        cifar10(tmp_path / "cifar", "test", tmp_path / "out")
    path.write_bytes(python2_pickle({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}))
    with pytest.raises(InputError, match="2 images and 1 labels"):
        cifar10(tmp_path / "cifar", "test", tmp_path / "out")
    path.write_bytes(python2_pickle({b"labels": [0]}))
    with pytest.raises(InputError, match="test_batch: no entry 'data'"):
        cifar10(tmp_path / "cifar", "test", tmp_path / "out")
    with pytest.raises(InputError, match=r"split 'val' of .*expected train or test"):
        cifar10(tmp_path / "cifar", "val", tmp_path / "out")
