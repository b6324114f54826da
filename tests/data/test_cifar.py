import codecs
import json
import pickle

import numpy as np
import pytest
from helpers.tiny_layouts import python2_pickle, save_cifar10, save_cifar10_pictures, save_cifar100
from PIL import Image

from modgap.data.audit import audit
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


def test_a_class_list_with_one_name_twice(tmp_path):
    place = save_cifar100(tmp_path / "cifar") / "cifar-100-python"
    names = [b"sweet_pepper", b"sweet pepper", b"bowl", b"bowl"]
    (place / "meta").write_bytes(python2_pickle({b"fine_label_names": names}))
    contents = {b"data": np.zeros((4, 3072), np.uint8), b"fine_labels": [3, 2, 1, 0]}
    (place / "test").write_bytes(python2_pickle(contents))
    draft = cifar100(tmp_path / "cifar", "test", tmp_path / "out")
    clean = audit(draft, tmp_path / "report.tsv", "cifar", images=4, texts=4)
    assert clean.images["class"].tolist() == ["bowl", "bowl", "sweet_pepper", "sweet_pepper"]
    assert clean.texts["text"].tolist() == ["A photo of a sweet pepper", "A photo of a bowl"]
    assert (tmp_path / "report.tsv").read_text().splitlines()[1:] == [
        f"{label}\tclass with the prompt of {first}: {prompt!r}\tone class"
        for label, first, prompt in (
            ("sweet pepper", "sweet_pepper", "A photo of a sweet pepper"),
            ("bowl (number 3)", "bowl", "A photo of a bowl"),
        )
    ]


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_files_as_python_3_writes_them(tmp_path, protocol):
    place = tmp_path / "cifar" / "cifar-100-python"
    place.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 3072), dtype=np.uint8)
    labels = np.array([1, 0, 1])
    for name, contents in (
        ("test", {"data": pixels, "fine_labels": labels if protocol == 5 else list(labels)}),
        ("meta", {"fine_label_names": ["apple", "bear"]}),
    ):
        (place / name).write_bytes(pickle.dumps(contents, protocol=protocol))
    draft = cifar100(tmp_path / "cifar", "test", tmp_path / "out")
    assert draft.images["class"].tolist() == ["bear", "apple", "bear"]
    written = np.load(tmp_path / "out" / "pixels.npy")
    np.testing.assert_array_equal(written, pixels.reshape(3, 3, 32, 32).transpose(0, 2, 3, 1))


def test_labels_of_other_types_and_missing_files_of_the_npm_package(tmp_path):
    folder = tmp_path / "package"
    save_cifar10_pictures(folder, n=4)
    path = folder / "test_lables.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(["3", 8.0, 8, None]).encode())
    draft = cifar10(folder, "test", tmp_path / "out")
    clean = audit(draft, tmp_path / "report.tsv", "cifar", skip_bad=True, images=4)
    assert clean.images["class"].tolist() == ["cat", "ship", "ship"]
    assert "class 'number None' is not in the list" in (tmp_path / "report.tsv").read_text()
    path.write_text('{"labels": []}')
    with pytest.raises(InputError, match=r"test_lables\.json: expected a list"):
        cifar10(folder, "test", tmp_path / "out")
    path.unlink()
    with pytest.raises(InputError, match=r"test_lables\.json: no such file"):
        cifar10(folder, "test", tmp_path / "out")


def test_labels_that_count_from_1_are_refused(tmp_path):
    """Under skip_bad all images but those of the last class had the label of another."""
    folder = tmp_path / "package"
    save_cifar10_pictures(folder, n=4)
    path = folder / "test_lables.json"
    path.write_text("[1, 10, 3, 4]")
    with pytest.raises(InputError, match="labels count from 1: none is 0, and some are 10; expect"):
        cifar10(folder, "test", tmp_path / "out")
    path.write_text("[1, 9, 3, 4]")
    draft = cifar10(folder, "test", tmp_path / "out")
    assert draft.images["class"].tolist() == ["automobile", "truck", "cat", "deer"]


def test_bytes_are_rebuilt_and_no_other_codec_is(tmp_path):
    class Codec:
        def __reduce__(self):
            return codecs.encode, ("x", "rot13")

    for value, wanted in ((b"a\xff", b"a\xff"), (Codec(), None)):
        (tmp_path / "batch").write_bytes(pickle.dumps([value], protocol=2))
        if wanted:
            assert read_pickle(tmp_path / "batch") == [wanted]
        else:
            with pytest.raises(InputError, match="refused to encode as 'rot13'"):
                read_pickle(tmp_path / "batch")


class _Made:
    """What is pickled as a call."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


def test_objects_at_addresses_that_a_pickle_gives_are_never_made(tmp_path):
    """numpy makes them where it is told to, and Python ends or runs what lies there."""
    kind = _Made(np.dtype, ("O",))
    (tmp_path / "batch").write_bytes(pickle.dumps([_Made(np.ndarray, ((4,), kind, b"A" * 32))], 2))
    with pytest.raises(InputError, match=r"batch: not a readable .*expected numbers or words"):
        read_pickle(tmp_path / "batch")


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=">i2").reshape(3, 4),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array(["a", "bc"]),
    ],
    ids=["bytes the other way", "by columns", "words"],
)
def test_arrays_are_rebuilt_as_numpy_has_them(tmp_path, protocol, array):
    (tmp_path / "batch").write_bytes(pickle.dumps({"x": [array, np.uint8(7)]}, protocol))
    rebuilt, number = read_pickle(tmp_path / "batch")["x"]
    np.testing.assert_array_equal(rebuilt, array)
    assert rebuilt.dtype == array.dtype
    assert number == 7


def test_other_pixels_are_another_data_set(tmp_path):
    save_cifar10(tmp_path / "cifar", n=6)
    before = cifar10(tmp_path / "cifar", "test", tmp_path / "out").pixels
    place = tmp_path / "cifar" / "cifar-10-batches-py" / "test_batch"
    contents = {b"labels": [0, 1, 2] * 2, b"data": np.zeros((6, 3072), np.uint8)}
    place.write_bytes(python2_pickle(contents))
    draft = cifar10(tmp_path / "cifar", "test", tmp_path / "out")
    assert len(before) == len(draft.pixels) == 64
    assert draft.pixels != before
    assert audit(draft, tmp_path / "report.tsv", "cifar").pixels == draft.pixels


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_cut_anywhere_is_named(tmp_path, protocol):
    data = pickle.dumps({"data": np.arange(9, dtype=np.uint8), "x": ["y", b"z", 7]}, protocol)
    path = tmp_path / "batch"
    for stop in range(len(data)):
        path.write_bytes(data[:stop])
        with pytest.raises(InputError, match=r"batch: (not a readable|pickle file)"):
            read_pickle(path)


@pytest.mark.parametrize(
    "stream",
    [
        b"\x80\x02}}b.",  # builds a dict with a state: AttributeError
        b"h\x05.",  # what was never stored: UnpicklingError or KeyError
        b"\x80\xff.",  # a protocol to come: ValueError
        b"(lp0\nI1\ns.",  # an item for a list: IndexError or TypeError
        b"X\x01\x00\x00\x00\xff.",  # no UTF-8: UnicodeDecodeError
        b"cnumpy\ndtype\n(U\x02zzK\x00K\x01tR.",  # a type that numpy does not know: TypeError
        b"P1\n.",  # an object of outside
    ],
)
def test_no_damage_to_a_pickle_is_a_traceback(tmp_path, stream):
    (tmp_path / "batch").write_bytes(stream)
    with pytest.raises(InputError, match="batch: not a readable pickle file"):
        read_pickle(tmp_path / "batch")
